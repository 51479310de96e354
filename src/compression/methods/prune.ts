import { type Static, Type } from 'typebox'
import type { CompressionMethod } from '../method.js'

const options = Type.Object(
  {
    sparsity: Type.Number({
      default: 0.8,
      minimum: 0.05,
      maximum: 0.99,
      description:
        'Share that is taken out: of the numbers of each kernel, or, with structure channels, of all parameters',
    }),
    structure: Type.Enum(['weights', 'channels'], {
      default: 'weights',
      description:
        'weights: single numbers, which stay as zeros: smaller files, the same speed; channels: whole units or filters, so that the layers are narrower: faster too, at a higher loss',
    }),
    epochs: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 1000,
      description: 'Of training; in the first half weights go, in the second the others recover',
    }),
    learningRate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100,
        description: 'At the start; it falls along half a cosine. Default: the version’s own',
      }),
    ),
  },
  { additionalProperties: false },
)
export type PruneOptions = Static<typeof options>

/** Magnitude pruning while the network goes on learning (Zhu and Gupta 2017), with masks at every step. */
const prune: CompressionMethod<typeof options> = {
  name: 'prune',
  summary:
    'Takes out the smallest weights, or whole channels, while the network goes on learning: smaller files, and narrower layers with channels',
  options,
  async compress(given, source) {
    const { pruneChannels, pruneWeights } = await import('../prune.js')
    return given.structure === 'channels' ? pruneChannels(given, source) : pruneWeights(given, source)
  },
}
export default prune
