import type { NetworkPlan } from '../contracts/family.js'
import type { MemoryDemand } from '../contracts/memory.js'
import { forwardRows } from './forward-rows.js'
import type { Training } from './options.js'

/** Features of at most so many bytes lie in the session, beside our own copy; of larger ones each call is fed its rows. */
export const RESIDENT_BYTES = 2 ** 28
/** What is gathered for a call, what the call holds, and what is gathered for the next one meanwhile. */
const FED_BYTES = 3 * 4 * 2 ** 22

/**
 * What a network needs while it is trained: weights with gradients, their sums where they are accumulated, the
 * optimizer's slots and copies that are read and written, and the activations of a batch with their gradients.
 *
 * @param heldBytes what the data and the process itself take
 * @param featureBytes how many of them are the network's rows
 */
export function memoryDemand({
  heldBytes,
  featureBytes,
  network,
  training: { batchSize, gradientAccumulationSteps },
}: {
  readonly heldBytes: number
  readonly featureBytes: number
  readonly network: NetworkPlan
  readonly training: Pick<Training, 'batchSize' | 'gradientAccumulationSteps'>
}): MemoryDemand {
  const { parameters, activationBytesPerRow } = network
  const fed = featureBytes <= RESIDENT_BYTES ? featureBytes : FED_BYTES
  const weights = parameters * 4 * (gradientAccumulationSteps > 1 ? 7 : 6)
  return {
    batchSize,
    fixedBytes: Math.ceil(heldBytes + fed + weights),
    bytesPerRow: 2 * activationBytesPerRow,
    forwardBytes: activationBytesPerRow * forwardRows(activationBytesPerRow),
  }
}
