import type { ErrorDetail } from '../../contracts/errors.js'
import type { Table, TensorLayout } from '../../contracts/table.js'
import type { FittedTransform, TransformWarning } from '../../contracts/transform.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { forNetwork, type NetworkColumn } from './apply-chain.js'
import { type FitOptions, fitSteps, type LaterColumn, refused } from './fit-steps.js'
import type { RowChange } from './row-changes.js'

export interface FittedChain {
  readonly transforms: readonly FittedTransform[]
  /** Columns after the chain, numbers or blocks of numbers, in the order of the network's input. */
  readonly networkColumns: readonly string[]
  /** What the numbers of a row are. */
  readonly row: TensorLayout
  readonly training: TrainingPart
}

/** What becomes of the rows that the chain is fitted on. */
export interface TrainingPart {
  /** The rows to learn from, by their numbers: some may be left out, some repeated. */
  readonly rows: Int32Array
  /** [rows]: what each of them counts in the loss, 1 on average; null where all count alike. */
  readonly weights: Float64Array | null
  readonly changes: readonly RowChange[]
  readonly warnings: readonly TransformWarning[]
  /**
   * What the network learns from for each of `rows`, where that is not what the chain gives when it is applied: steps
   * that would show a row its own target are fitted on other folds. Null where it is the same.
   */
  readonly columns: (() => Promise<readonly NetworkColumn[]>) | null
}

/**
 * Fits the steps one after the other on the rows of `training` alone.
 *
 * @param training the features of the training rows
 * @throws FlywheelError specification-invalid, as `fitSteps`, and for columns that are not numeric after the last step
 */
export async function fitChain(training: Table, options: FitOptions): Promise<FittedChain> {
  const { columns, rows, weights, ...fitted } = await fitSteps(training, options)
  refuseOthers(columns)
  const isEncodedApart = options.steps.some(({ transform }) => transform.applyToTraining !== undefined)
  return {
    transforms: fitted.transforms,
    networkColumns: columns.map(({ name }) => name),
    row: layoutOf(columns),
    training: {
      rows,
      weights,
      changes: fitted.changes,
      warnings: fitted.warnings,
      columns: isEncodedApart ? () => readAll(columns) : null,
    },
  }
}

/** One column after the other: most are computed when they are read. */
async function readAll(columns: readonly LaterColumn[]): Promise<NetworkColumn[]> {
  const read: NetworkColumn[] = []
  for (const column of columns) read.push(forNetwork(await column.read(), column.name))
  return read
}

/** One block of numbers is the network's input as it is; single numbers, and vectors among them, are one vector. */
function layoutOf(columns: readonly LaterColumn[]): TensorLayout {
  const [first] = columns
  if (columns.length === 1 && first?.layout) return first.layout
  const width = columns.reduce((sum, { layout }) => sum + (layout ? sizeOfShape(layout.shape) : 1), 0)
  return { rowKind: 'vector', shape: [width] }
}

/** Columns that a network can not be fed with, together or at all. */
function refuseOthers(columns: readonly LaterColumn[]): void {
  const blocks = columns.filter(({ layout }) => layout !== null && layout.rowKind !== 'vector')
  const [block] = blocks
  const errors = columns.flatMap(({ name, kind }): ErrorDetail[] => {
    const path = `features.${name}`
    if (kind === 'text') {
      const expected = 'a column that is numeric after the transforms (one-hot makes it so)'
      return [{ path, expected, received: 'text' }]
    }
    if (kind === 'bytes') {
      return [{ path, expected: 'a column that is numeric after the transforms', received: 'files' }]
    }
    if (block === undefined || columns.length === 1) return []
    const expected = `no column beside ${block.name}, which is the whole input of a network`
    return name === block.name ? [] : [{ path, expected, received: name }]
  })
  if (errors.length > 0) throw refused(errors)
}
