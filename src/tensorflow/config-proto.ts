import * as protobuf from './graph/protobuf.js'

/** What Flywheel sets of TensorFlow's ConfigProto (tensorflow/core/protobuf/config.proto). */
export interface SessionConfig {
  /** Threads within one operation and between operations, below 128; 0 lets TensorFlow choose. */
  readonly threads: number
  /** Take GPU memory as it is needed, not all of it at the start. */
  readonly gpuMemoryGrowth: boolean
  /** Hide GPUs that are there. */
  readonly cpuOnly: boolean
  /** A session's operations run one after the other on the calling thread: least overhead for small graphs. */
  readonly singleThreadedExecutor?: boolean
  /** Leaves out Grappler: a traced step gains nothing by it, and starts sooner. */
  readonly asItIs?: boolean
}

/** Field numbers stand in the proto file named above. */
export function encodeConfigProto(config: SessionConfig): Buffer {
  const { threads, gpuMemoryGrowth, cpuOnly, singleThreadedExecutor, asItIs } = config
  const { integer, message, text } = protobuf
  return Buffer.concat([
    ...(cpuOnly ? message(1, [...text(1, 'GPU'), ...integer(2, 0)]) : []), // device_count
    ...integer(2, threads), // intra_op_parallelism_threads
    ...integer(5, threads), // inter_op_parallelism_threads
    ...message(6, integer(4, gpuMemoryGrowth ? 1 : 0)), // gpu_options.allow_growth
    ...integer(7, 1), // allow_soft_placement
    ...(asItIs ? message(10, message(10, integer(19, 1))) : []), // graph_options.rewrite_options.disable_meta_optimizer
    ...(singleThreadedExecutor ? message(16, text(3, 'SINGLE_THREADED_EXECUTOR')) : []), // experimental.executor_type
  ])
}
