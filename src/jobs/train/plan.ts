import type { DatasetColumn, DatasetSnapshot } from '../../contracts/dataset.js'
import type { NetworkPlan } from '../../contracts/family.js'
import type { MemoryDemand } from '../../contracts/memory.js'
import { tableBytes } from '../../datasets/columns/column-store.js'
import { memoryDemand } from '../../training/memory.js'
import type { Training } from '../../training/options.js'

/** Operations per second of one core that small matrix products reach, and what a step costs besides. */
const FLOPS_PER_SECOND = 5e9
const SECONDS_PER_STEP = 0.002
/** TensorFlow's own memory, and Node's. */
const BASE_BYTES = 600 * 1024 ** 2

/** Where a column says which rows are test rows, they are counted when the data is read. */
const USUAL_TEST_SPLIT = 0.2

/** Rows of each part, before the exact split. */
export function splitSizes(
  rows: number,
  { testSplit, ...shares }: { testSplit: number | null; validationSplit: number },
) {
  const test = Math.round(rows * (testSplit ?? USUAL_TEST_SPLIT))
  const validation = Math.round((rows - test) * shares.validationSplit)
  return { training: rows - test - validation, validation, test }
}

/** Targets, hashes, parts and orders: numbers of each row, whatever the columns are. */
const BYTES_PER_ROW = 64

/**
 * Memory of the trainer: the table and what the steps make of it, as far as they stay in memory (images all); the network's input
 * (4 bytes a value, and once more with TensorFlow where it is small); and the network's training.
 */
export function plannedMemory(options: {
  readonly rows: number
  readonly columns: number
  /** Rows that are learnt from or validated on, and their numbers after the transforms. */
  readonly given: number
  readonly width: number
  /** Bytes of images, which are in memory as they were sent. */
  readonly files: number
  readonly training: Pick<Training, 'batchSize' | 'gradientAccumulationSteps'>
  readonly network: NetworkPlan
}): MemoryDemand {
  const { rows, columns, given, width, files, ...rest } = options
  const featureBytes = given * width * 4
  return memoryDemand({
    ...rest,
    featureBytes,
    heldBytes:
      BASE_BYTES +
      files +
      tableBytes({ rows, columns: columns + width }) +
      rows * BYTES_PER_ROW +
      featureBytes,
  })
}

/** What the files among the features take, at most. */
export const fileBytes = (features: readonly DatasetColumn[], { parts }: DatasetSnapshot): number =>
  features.some(({ type }) => type === 'image') ? parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) : 0

/** An upper bound with early stopping. Forward and backward pass together cost three times the forward pass. */
export function secondsEstimate({
  trainingRows,
  training,
  network,
}: {
  trainingRows: number
  training: Training
  network: NetworkPlan
}): number {
  const steps = Math.ceil(trainingRows / training.batchSize)
  const flops = 3 * network.flopsPerRow * trainingRows
  const seconds = training.epochs * (steps * SECONDS_PER_STEP + flops / FLOPS_PER_SECOND)
  return Math.max(1, Math.round(seconds))
}
