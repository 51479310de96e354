import { FlywheelError } from '../../contracts/errors.js'
import { inUnits } from '../../contracts/memory.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { decodedBytes } from '../../contracts/stored-blob.js'
import { availableBytes } from './available-memory.js'

/** ONNX Runtime holds the file while it reads it, its weights, and packed copies of matrices. */
const onnxCopies = 3
/** The blob, tfjs's arrays of it, and TensorFlow's own. */
const tensorflowCopies = 3
/** A process that has loaded TensorFlow, against one that has not: 400 to 115 MB were measured. */
const tensorflowBytes = 300 * 1024 ** 2
/** Sessions, transforms, and what a batch takes. */
const leastBytes = 8 * 1024 ** 2

/** Roughly what a version takes of a predictor's memory, by the sizes of its files as they are read. */
function bytesNeeded(manifest: ModelManifest, isTensorFlowLoaded: boolean): number {
  const { onnx, weights } = manifest
  if (onnx !== undefined && 'sha256' in onnx) return leastBytes + onnxCopies * decodedBytes(onnx)
  const library = isTensorFlowLoaded ? 0 : tensorflowBytes
  return leastBytes + library + tensorflowCopies * (weights === null ? 0 : decodedBytes(weights))
}

/** The memory that a predictor may still take: bounded by its own limit, and by what the machine has left. */
export class MemoryBudget {
  readonly #limitBytes: number
  readonly #isTensorFlowLoaded: () => boolean
  readonly #used: () => number
  readonly #available: () => number
  #reserved = 0

  constructor({
    limitBytes,
    isTensorFlowLoaded,
    used = () => process.memoryUsage.rss(),
    available = availableBytes,
  }: {
    limitBytes: number
    isTensorFlowLoaded: () => boolean
    /** Bytes of this process. */
    used?: () => number
    /** Bytes that the machine, or the container, could still give. */
    available?: () => number
  }) {
    this.#limitBytes = limitBytes
    this.#isTensorFlowLoaded = isTensorFlowLoaded
    this.#used = used
    this.#available = available
  }

  /**
   * Runs a load while its bytes count as taken, so that loads at the same time do not count on the same memory.
   *
   * @throws FlywheelError memory-insufficient, with the numbers, before anything is loaded
   */
  async reserved<Result>(manifest: ModelManifest, load: () => Promise<Result>): Promise<Result> {
    const bytes = bytesNeeded(manifest, this.#isTensorFlowLoaded())
    const used = this.#used()
    const free = Math.max(0, Math.min(this.#limitBytes - used, this.#available()) - this.#reserved)
    if (bytes > free) throw insufficient({ bytes, free, used, limitBytes: this.#limitBytes })
    this.#reserved += bytes
    try {
      return await load()
    } finally {
      this.#reserved -= bytes
    }
  }
}

function insufficient({
  bytes,
  free,
  used,
  limitBytes,
}: {
  bytes: number
  free: number
  used: number
  limitBytes: number
}): FlywheelError {
  const predictor = `the predictor uses ${inUnits(used)} of its ${inUnits(limitBytes)}`
  const detail = `The version needs about ${inUnits(bytes)} of memory, and ${inUnits(free)} are free: ${predictor}`
  const members = { neededBytes: bytes, freeBytes: free, usedBytes: used, limitBytes }
  return new FlywheelError('memory-insufficient', detail, { members })
}
