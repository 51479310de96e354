import type { DatasetColumn } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { ScalarColumn, Table } from '../../contracts/table.js'
import type { Head, Task } from '../../contracts/task.js'
import { type ColumnStore, memoryStore } from '../../datasets/columns/column-store.js'
import { heldColumn, selectRows } from '../../datasets/select-rows.js'
import { type Split, type SplitRequest, splitRows } from '../../datasets/split-rows.js'
import { valuesAt } from '../../datasets/values-at.js'
import { scalarColumn, withColumns } from '../../evaluation/stored-model.js'
import type { TrainingData } from '../../training/training-data.js'
import { type FittedChain, fitChain } from '../../transforms/chain/fit-chain.js'
import { type Catalogue, named } from './catalogue.js'
import { type NetworkRows, networkRows } from './network-rows.js'
import type { TrainSpecification } from './request.js'
import { usualSplit } from './resolve-split.js'
import { checkedSteps } from './resolve-transforms.js'

/** What was learnt of a table before the network is, and who learns what. */
export interface FittedData {
  readonly task: Task
  /** The task's, fitted. */
  readonly state: unknown
  readonly head: Head
  readonly split: Split
  /** Numbers of the rows that are learnt from: those of `split.training`, but for what steps left out or repeat. */
  readonly learning: Int32Array
  readonly chain: FittedChain
  /** [rows], as the network learns it; NaN where the target is missing. */
  readonly targets: Float64Array
  /** How long each stage took. */
  readonly seconds: Readonly<Record<'split' | 'fit' | 'transform', number>>
}

/** A table turned into what a network learns from. */
export interface PreparedData extends FittedData {
  readonly given: NetworkData
}

/** What the network is given: rows that are learnt from or validated on, by their places. */
export interface NetworkData extends NetworkRows, TrainingData {}

/** Says which rows are learnt from, and which are kept out. */
export type SplitTable = (request: SplitRequest) => Split

/**
 * Splits the rows, fits task and transforms on the training part alone, and applies them to it and the validation part.
 *
 * @param table features and target
 * @param store where columns are put that do not fit in memory
 * @throws FlywheelError specification-invalid or dataset-invalid when nothing can be learnt from it
 */
export async function prepareData(
  table: Table,
  specification: TrainSpecification,
  {
    split: splitTable = splitRows,
    store = memoryStore,
    ...catalogue
  }: Catalogue & { readonly split?: SplitTable | undefined; readonly store?: ColumnStore | undefined },
): Promise<PreparedData> {
  const started = performance.now()
  const task = named(catalogue.tasks, specification.task, 'task')
  const target = heldColumn(scalarColumn(table, specification.target))
  const column = targetColumn(specification)
  const { mergeLabels } = specification
  const {
    testSplit,
    seed: testSeed,
    split: { by, column: splitColumn } = usualSplit(task),
  } = specification.evaluation
  const split = splitTable({
    by,
    column: splitColumn === undefined ? null : scalarColumn(table, splitColumn),
    content: withColumns(table, [...specification.features, specification.target]),
    strata: strataOf(target, { task, column, mergeLabels }),
    testSplit: testSplit ?? 0,
    testSeed,
    validationSplit: specification.training.validationSplit,
    validationSeed: specification.training.seed,
  })
  if (split.training.length < 2) {
    throw new FlywheelError(
      'dataset-invalid',
      `${split.training.length} rows are left to learn from; it takes two at least`,
    )
  }
  const isSplit = performance.now()
  const state = task.fit({ column, all: target, trainingRows: split.training, mergeLabels })
  const features = withColumns(table, specification.features)
  const steps = checkedSteps(specification.transforms, catalogue)
  const [head, targets] = [task.head(state), task.encode(target, state)]
  const chain = await fitChain(selectRows(features, split.training), {
    steps,
    targets: valuesAt(targets, split.training),
    classes: task.classes(state).length,
    seed: specification.training.seed,
    store,
  })
  const { training } = split
  const learning = chain.training.rows.map((at) => training[at] as number)
  const isFitted = performance.now()
  const { transforms } = catalogue
  const rows = await networkRows(features, { ...split, chain, transforms })
  const { weights } = chain.training
  const given: NetworkData = {
    ...rows,
    targets: valuesAt(targets, rows.rows),
    ...(weights === null ? {} : { rowWeights: byPlace(weights, rows) }),
  }
  const seconds = {
    split: (isSplit - started) / 1000,
    fit: (isFitted - isSplit) / 1000,
    transform: (performance.now() - isFitted) / 1000,
  }
  return { task, state, head, split, learning, chain, targets, seconds, given }
}

/** @returns [places]: 1 for those that are not learnt from */
function byPlace(weights: Float64Array, { rows, training }: NetworkRows): Float32Array {
  const all = new Float32Array(rows.length).fill(1)
  for (const [at, place] of training.entries()) all[place] = weights[at] as number
  return all
}

/** Classes, each of which gets its share of every part; one stratum where there are none. NaN: not usable. */
function strataOf(
  target: ScalarColumn,
  { task, column, mergeLabels }: { task: Task; column: DatasetColumn; mergeLabels: boolean },
): Float64Array {
  if (task.kind === 'classification') {
    const state = task.fit({ column, all: target, trainingRows: new Int32Array(0), mergeLabels })
    return task.encode(target, state)
  }
  if (target.kind !== 'numeric') throw new TypeError(`the target ${target.name} is not numeric`)
  return target.values.map((value) => (Number.isFinite(value) ? 0 : Number.NaN))
}

function targetColumn({ snapshot, target }: TrainSpecification): DatasetColumn {
  const column = snapshot.columns.find(({ name }) => name === target)
  if (column !== undefined) return column
  throw new FlywheelError('specification-invalid', `the dataset has no column ${target}`)
}
