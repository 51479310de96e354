/** What Flywheel sets of TensorFlow's ConfigProto (tensorflow/core/protobuf/config.proto). */
export interface SessionConfig {
  /** Threads within one operation and between operations, below 128; 0 lets TensorFlow choose. */
  readonly threads: number
  /** Take GPU memory as it is needed, not all of it at the start. */
  readonly gpuMemoryGrowth: boolean
  /** Hide GPUs that are there. */
  readonly cpuOnly: boolean
}

const VARINT = 0
const MESSAGE = 2

/** Field numbers stand in the proto file named above; every value here is below 128, so a varint is one byte. */
export function encodeConfigProto({ threads, gpuMemoryGrowth, cpuOnly }: SessionConfig): Buffer {
  const noGpu = Buffer.concat([message(1, Buffer.from('GPU')), varint(2, 0)])
  return Buffer.concat([
    cpuOnly ? message(1, noGpu) : Buffer.alloc(0), // device_count
    varint(2, threads), // intra_op_parallelism_threads
    varint(5, threads), // inter_op_parallelism_threads
    message(6, varint(4, gpuMemoryGrowth ? 1 : 0)), // gpu_options.allow_growth
    varint(7, 1), // allow_soft_placement
  ])
}

const varint = (field: number, value: number): Buffer => Buffer.from([(field << 3) | VARINT, value])
const message = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | MESSAGE, bytes.length]), bytes])
