import type { CompressionSource } from '../../compression/method.js'
import { weightsOf } from '../../contracts/model-manifest.js'
import { readStored } from '../../contracts/stored-blob.js'
import { copyRows } from '../../datasets/select-rows.js'
import { type StoredModel, scalarColumn, withColumns } from '../../evaluation/stored-model.js'
import { prepareChain } from '../../transforms/chain/apply-chain.js'
import { named } from '../train/catalogue.js'
import { learntSplit } from '../update/learnt-split.js'
import { trainingOf } from '../update/training-of.js'
import type { CompressOptions } from './compress-table.js'
import { studentInput } from './student-input.js'

/** @param model the parent, open */
export function sourceOf(model: StoredModel, options: CompressOptions): CompressionSource {
  const { parent, table, tables, catalogue, context } = options
  const { manifest, task } = parent
  const training = trainingOf(manifest)
  const { strata: _, ...rows } = learntSplit(table, parent, {
    validationSplit: training.validationSplit,
    validationSeed: training.seed,
  })
  const preprocess = prepareChain(manifest, catalogue.transforms)
  return {
    parent: manifest,
    model,
    task,
    head: task.head(manifest.task.state),
    family: named(catalogue.families, manifest.family.name, 'family'),
    families: catalogue.families,
    training,
    table,
    rows,
    targets: task.encode(scalarColumn(table, manifest.target), manifest.task.state),
    tables,
    features(from, numbers) {
      const columns = withColumns(from, manifest.features)
      return preprocess(numbers === undefined ? columns : copyRows(columns, numbers))
    },
    async weights() {
      const stored = weightsOf(manifest, 'to be compressed')
      return { tensors: stored.tensors, bytes: await readStored(context.artifacts, stored) }
    },
    inputOf: (family) => studentInput(family, manifest),
    tensorflow: () => context.tensorflow({ deterministic: training.deterministic }),
    context,
  }
}
