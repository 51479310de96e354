import type { NetworkPlan } from '../contracts/family.js'
import type { MemoryDemand } from '../contracts/memory.js'
import { forwardRows } from './forward-rows.js'
import type { Training } from './options.js'

/**
 * What a network needs while it is trained: weights with gradients, their sums where they are accumulated, the
 * optimizer's slots and copies that are read and written, and the activations of a batch with their gradients.
 *
 * @param heldBytes what the data and the process itself take
 */
export function memoryDemand({
  heldBytes,
  network,
  training: { batchSize, gradientAccumulationSteps },
}: {
  readonly heldBytes: number
  readonly network: NetworkPlan
  readonly training: Pick<Training, 'batchSize' | 'gradientAccumulationSteps'>
}): MemoryDemand {
  const { parameters, activationBytesPerRow } = network
  const weights = parameters * 4 * (gradientAccumulationSteps > 1 ? 7 : 6)
  return {
    batchSize,
    fixedBytes: Math.ceil(heldBytes + weights),
    bytesPerRow: 2 * activationBytesPerRow,
    forwardBytes: activationBytesPerRow * forwardRows(activationBytesPerRow),
  }
}
