import type { DatasetColumn, DatasetSnapshot } from '../../contracts/dataset.js'
import { discover } from '../../contracts/discovery.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { Column, Table } from '../../contracts/table.js'
import type { Task } from '../../contracts/task.js'
import type { ChainStep, FitContext, Transform, TransformWarning } from '../../contracts/transform.js'
import { readTable } from '../../datasets/read-table.js'
import { copyRows, sliceRows } from '../../datasets/select-rows.js'
import { loadTransforms, type Transforms } from './catalogue.js'
import { type FittedSteps, fitSteps, ofStep } from './fit-steps.js'
import { type PreviewCell, shownRows } from './preview-cells.js'
import type { RowChange } from './row-changes.js'
import type { CheckedStep } from './steps.js'

export interface PreviewRequest {
  /** Checked, with every option. */
  readonly steps: readonly ChainStep[]
  /** Null where no step looks at it. */
  readonly target: { readonly name: string; readonly task: string } | null
  /** The first so many rows of the dataset are fitted on. */
  readonly fitRows: number
  /** So many of them are shown. */
  readonly rows: number
  readonly seed: number
}

export interface Preview {
  readonly before: readonly Readonly<Record<string, PreviewCell>>[]
  /** As they would be served. */
  readonly after: readonly Readonly<Record<string, PreviewCell>>[]
  /** How often a training would show each of the rows: 0 where a step leaves it out. */
  readonly timesLearnt: readonly number[]
  /** What each of the rows would count in the loss; null where all count alike. */
  readonly weights: readonly number[] | null
  readonly rowsFitted: number
  readonly rowChanges: readonly RowChange[]
  readonly warnings: readonly TransformWarning[]
}

/** Values in an answer, at most: rows times columns. */
const MAX_CELLS = 200_000

/**
 * Fits steps on the first rows of a dataset and shows what becomes of some of them. Columns need not be numeric after the
 * last step.
 *
 * @throws FlywheelError specification-invalid that names the step; dataset-invalid when there are too few rows
 */
export async function preview({
  snapshot,
  path,
  steps,
  target,
  fitRows,
  rows,
  seed,
}: PreviewRequest & {
  readonly snapshot: DatasetSnapshot
  readonly path: (sha256: string) => string
}): Promise<Preview> {
  const transforms = await loadTransforms()
  const table = await readTable({ snapshot, limit: Math.min(fitRows, rowsOfFiles(snapshot)), path })
  const { usable, ...context } = await contextOf(table, { snapshot, target, seed })
  const features = {
    rows: table.rows,
    columns: table.columns.filter(({ name }) => name !== target?.name),
  }
  const fitted = await fitSteps(copyRows(features, usable), {
    ...context,
    steps: checked(steps, { transforms, hasTarget: target !== null }),
  })
  const shown = sliceRows(features, { from: 0, to: Math.min(rows, table.rows) })
  const after = await applied(shown, fitted, transforms)
  if (after.columns.length * after.rows > MAX_CELLS) {
    const received = `${after.rows} rows of ${after.columns.length} columns`
    throw invalid('rows', `so few that at most ${MAX_CELLS} values are shown`, received)
  }
  const times = new Uint32Array(table.rows)
  const weights = new Float64Array(table.rows)
  for (const [index, at] of fitted.rows.entries()) {
    const row = usable[at] as number
    times[row] = (times[row] as number) + 1
    weights[row] = fitted.weights?.[index] ?? 1
  }
  return {
    before: await shownRows(shown),
    after: await shownRows(after),
    timesLearnt: [...times.subarray(0, shown.rows)],
    weights: fitted.weights && [...weights.subarray(0, shown.rows)],
    rowsFitted: usable.length,
    rowChanges: fitted.changes,
    warnings: fitted.warnings,
  }
}

/** Bytes of images that a preview reads. */
const FILE_BYTES = 256 * 1024 ** 2

/** How many rows a preview can read where they hold images. */
function rowsOfFiles({ columns, parts, rows }: DatasetSnapshot): number {
  if (columns.every(({ type }) => type !== 'image')) return rows
  const bytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return Math.max(2, Math.floor((rows * FILE_BYTES) / bytes))
}

/** The rows that a training could use, and what it would know of their targets. */
async function contextOf(
  table: Table,
  { snapshot, target, seed }: { snapshot: DatasetSnapshot } & Pick<PreviewRequest, 'target' | 'seed'>,
): Promise<FitContext & { usable: Int32Array }> {
  const all = Int32Array.from({ length: table.rows }, (_, row) => row)
  if (target === null) return { usable: all, targets: new Float64Array(table.rows), classes: 0, seed }
  const tasks = await discover<Task>(new URL('../../tasks/', import.meta.url))
  const task = tasks.get(target.task)
  const column = table.columns.find(({ name }) => name === target.name)
  const described = snapshot.columns.find(({ name }) => name === target.name) as DatasetColumn
  if (task === undefined || (column?.kind !== 'numeric' && column?.kind !== 'text')) {
    throw invalid('target', 'a column of single values', target.name)
  }
  const state = task.fit({ column: described, all: column, trainingRows: all })
  const encoded = task.encode(column, state)
  const usable = all.filter((row) => !Number.isNaN(encoded[row]))
  if (usable.length < 2) {
    throw new FlywheelError(
      'dataset-invalid',
      `${usable.length} of the first ${table.rows} rows have a value in ${target.name}; it takes two at least`,
    )
  }
  const targets = Float64Array.from(usable, (row) => encoded[row] as number)
  return { usable, targets, classes: task.classes(state).length, seed }
}

function checked(
  steps: readonly ChainStep[],
  { transforms, hasTarget }: { transforms: Transforms; hasTarget: boolean },
): CheckedStep[] {
  return steps.map(({ name, columns, options }, index) => {
    const transform = transforms.get(name)
    if (transform === undefined) throw new TypeError(`there is no transform ${name}`)
    if (!hasTarget && transform.needsTargets?.(options)) {
      throw invalid('target', `the column to learn, which transforms[${index}] (${name}) looks at`, 'nothing')
    }
    return { transform, columns, options }
  })
}

/** What the steps give when they are served, in the order of the columns in training. */
async function applied(
  table: Table,
  { transforms: steps, columns }: FittedSteps,
  transforms: Transforms,
): Promise<Table> {
  const current = new Map<string, Column>(table.columns.map((column) => [column.name, column]))
  for (const [index, step] of steps.entries()) {
    const transform = transforms.get(step.name) as Transform
    const inputs = step.columns.map((column) => current.get(column) as Column)
    const made = await ofStep(`transforms[${index}]`, transform, () =>
      transform.apply(inputs, step.state, step.options),
    )
    for (const name of step.columns) current.delete(name)
    for (const column of made) current.set(column.name, column)
  }
  return { rows: table.rows, columns: columns.map(({ name }) => current.get(name) as Column) }
}

function invalid(path: string, expected: string, received: string): FlywheelError {
  return new FlywheelError('specification-invalid', `${path}: expected ${expected}, received ${received}`, {
    errors: [{ path, expected, received }],
  })
}
