import { FlywheelError } from './errors.js'

/** What a training needs of memory, by the rows of its batches. */
export interface MemoryDemand {
  readonly batchSize: number
  /** Whatever the batches are: data, weights, TensorFlow and Node. */
  readonly fixedBytes: number
  /** For each row of a batch: activations and their gradients. */
  readonly bytesPerRow: number
  /** Of rows that are answered without being learnt from, at another time than the batches. */
  readonly forwardBytes: number
}

/** The members of an error about memory. */
export interface MemoryFigures {
  readonly estimatedBytes: number
  readonly limitBytes: number
  /** The largest batch that fits; null when even one row does not, or nothing is known of the batches. */
  readonly fittingBatchSize: number | null
  /** Why there is no fitting batch size. */
  readonly reason?: string
}

export const estimatedBytes = (demand: MemoryDemand): number =>
  Math.ceil(demand.fixedBytes + Math.max(demand.forwardBytes, demand.bytesPerRow * demand.batchSize))

/** @param isExceeded the limit has been met: whatever the estimate says, the batch size in use does not fit */
export function memoryFigures(
  demand: MemoryDemand,
  { limitBytes, isExceeded }: { limitBytes: number; isExceeded: boolean },
): MemoryFigures {
  const { batchSize, fixedBytes, forwardBytes, bytesPerRow } = demand
  const common = { estimatedBytes: estimatedBytes(demand), limitBytes }
  const largest = isExceeded ? Math.floor(batchSize / 2) : batchSize
  const free = limitBytes - fixedBytes
  const fitting = Math.min(largest, Math.floor(free / bytesPerRow))
  if (free >= forwardBytes && fitting >= 1) return { ...common, fittingBatchSize: fitting }
  const without = inUnits(fixedBytes + forwardBytes)
  const reason =
    free < forwardBytes
      ? `the data, the network and answers to it take about ${without} whatever the batch size is`
      : `one row takes about ${inUnits(bytesPerRow)} beside ${inUnits(fixedBytes)} that are taken`
  return { ...common, fittingBatchSize: null, reason }
}

/** The error of a training that went over its limit. */
export function memoryLimitError(
  demand: MemoryDemand,
  { limitBytes, cause, what }: { limitBytes: number; what: string; cause?: unknown },
): FlywheelError {
  const figures = memoryFigures(demand, { limitBytes, isExceeded: true })
  const estimate = `the estimate is ${inUnits(figures.estimatedBytes)}, the limit ${inUnits(limitBytes)}`
  return new FlywheelError('memory-limit', `${what}; ${estimate}; ${inWords(figures)}`, {
    cause,
    members: { ...figures },
  })
}

/** What could be done about the batch size. */
export const inWords = ({ fittingBatchSize, reason }: MemoryFigures): string =>
  fittingBatchSize === null ? `no batch size fits: ${reason}` : `a batchSize of ${fittingBatchSize} would fit`

export const inUnits = (bytes: number): string =>
  bytes >= 1024 ** 3 ? `${(bytes / 1024 ** 3).toFixed(1)} GiB` : `${Math.ceil(bytes / 1024 ** 2)} MiB`
