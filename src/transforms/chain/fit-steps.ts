import { type ErrorDetail, FlywheelError } from '../../contracts/errors.js'
import type { Column, Table, TensorColumn, TensorLayout } from '../../contracts/table.js'
import type {
  FitContext,
  FittedTransform,
  TrainingContext,
  Transform,
  TransformWarning,
} from '../../contracts/transform.js'
import { type ColumnStore, type ColumnWriter, memoryStore } from '../../datasets/columns/column-store.js'
import { allRows } from '../../datasets/rows-where.js'
import { BLOCK_ROWS, passingBlocks, selectRows, sliceRows } from '../../datasets/select-rows.js'
import { unfit } from '../columns/unfit.js'
import { madeAgain } from './made-again.js'
import { changeOf, contextOf, type RowChange, weightsAfter } from './row-changes.js'
import { type CheckedStep, matchColumns } from './steps.js'

export interface FitOptions extends FitContext {
  readonly steps: readonly CheckedStep[]
  /** Where the columns that steps make are put for the steps after them; in memory when it is left out. */
  readonly store?: ColumnStore
}

export interface FittedSteps {
  readonly transforms: readonly FittedTransform[]
  /** What the training rows become. */
  readonly columns: readonly LaterColumn[]
  /** The rows to learn from, by their numbers: some may be left out, some repeated. */
  readonly rows: Int32Array
  /** [rows]: what each of them counts in the loss, 1 on average; null where all count alike. */
  readonly weights: Float64Array | null
  readonly changes: readonly RowChange[]
  readonly warnings: readonly TransformWarning[]
}

/**
 * Fits the steps one after the other on the rows of `training` alone.
 *
 * @param training the features of the training rows
 * @throws FlywheelError specification-invalid for a step without columns, a transform that can't take a column, two
 *   columns of one name, and steps that leave fewer than two rows; each names the step
 */
export async function fitSteps(
  training: Table,
  { steps, store = memoryStore, ...given }: FitOptions,
): Promise<FittedSteps> {
  let columns = training.columns.map(asItIs)
  let context: TrainingContext = {
    ...given,
    rows: allRows(training.rows),
  }
  let weights: Float64Array | null = null
  const transforms: FittedTransform[] = []
  const changes: RowChange[] = []
  const warnings: TransformWarning[] = []
  for (const [index, step] of steps.entries()) {
    const { transform, options } = step
    const path = `transforms[${index}]`
    const taken = inputsOf(step, columns, path)
    const inputs = await Promise.all(taken.map((column) => column.read()))
    const fit = async () => asStored(await transform.fit(inputs, options, context))
    const state = await ofStep(path, transform, fit)
    const names = taken.map(({ name }) => name)
    transforms.push({ name: transform.name, columns: names, options, state })
    warnings.push(...(transform.warnings?.(names, state) ?? []))
    const made = await ofStep(path, transform, () => outputsOf(step, inputs, { state, context, store }))
    columns = replaced(columns, names, made)
    refuseDuplicates(columns, path)
    if (transform.trainingRows === undefined) continue
    const { trainingRows, trainingWeights } = transform
    const rows = await ofStep(path, transform, () => trainingRows(inputs, state, options, context))
    const own = trainingWeights?.(inputs, state, options, context) ?? null
    const before = context.rows.length
    changes.push(changeOf(rows, { step: path, transform: transform.name, before, weights: own }))
    weights = weightsAfter(weights, rows, own)
    columns = columns.map((column) => withRows(column, rows))
    context = contextOf(context, rows)
  }
  return { transforms, columns, rows: context.rows, weights, changes, warnings }
}

/** Says of an error which step it comes from. */
export async function ofStep<Result>(
  path: string,
  { name }: Transform,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FlywheelError)) throw error
    const errors = error.errors.map((detail) => ({ ...detail, path: `${path}.${detail.path}` }))
    throw new FlywheelError(error.code, `${path} (${name}): ${error.message}`, {
      errors,
      cause: error,
      remedy: error.remedy,
    })
  }
}

/**
 * As it is read back: whatever JSON does to it, training and serving see the same.
 *
 * @throws FlywheelError specification-invalid for numbers that JSON does not know
 */
function asStored(state: unknown): unknown {
  if (state === undefined) return null
  const text = JSON.stringify(state, (_, value: unknown) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value
    throw unfit('columns', 'values whose sums and products a double can hold', value)
  })
  return JSON.parse(text)
}

/** A column whose values are computed when a later step reads them. */
export interface LaterColumn {
  readonly name: string
  readonly kind: Column['kind']
  /** Of a block of numbers. */
  readonly layout: TensorLayout | null
  read(): Promise<Column>
}

const asItIs = (column: Column): LaterColumn => ({ ...described(column), read: async () => column })

const described = (column: Column) => ({
  name: column.name,
  kind: column.kind,
  layout: column.kind === 'tensor' ? layoutOfTensor(column) : null,
})

/** The same column of other rows. */
const withRows = (column: LaterColumn, rows: Int32Array): LaterColumn => ({
  ...column,
  async read() {
    const table = { rows: rows.length, columns: [await column.read()] }
    return selectRows(table, rows).columns[0] as Column
  },
})

interface Fitted {
  readonly state: unknown
  readonly context: TrainingContext
  readonly store: ColumnStore
}

/** What the step makes of its inputs. */
async function outputsOf(
  step: CheckedStep,
  inputs: readonly Column[],
  { state, context, store }: Fitted,
): Promise<LaterColumn[]> {
  const { transform, options } = step
  const again = madeAgain(inputs, { transform, state, options, rows: context.rows.length })
  if (again !== null) return again.map(asItIs)
  let computed: Promise<readonly Column[]> | undefined
  const compute = async () =>
    transform.applyToTraining
      ? transform.applyToTraining(inputs, options, context)
      : applied(step, inputs, { state, context, store })
  const firstRow = sliceRows({ rows: 1, columns: inputs }, { from: 0, to: 1 }).columns
  const made = await transform.apply(firstRow, state, options)
  return made.map((column, index) => ({
    ...described(column),
    async read() {
      computed ??= compute()
      return (await computed)[index] as Column
    },
  }))
}

/** Block by block: more of the rows than that is in memory only as far as the store has place. */
async function applied(
  { transform, options }: CheckedStep,
  columns: readonly Column[],
  { state, context, store }: Fitted,
): Promise<readonly Column[]> {
  const rows = context.rows.length
  if (rows <= BLOCK_ROWS) return transform.apply(columns, state, options)
  const writers: ColumnWriter[] = []
  for (const { block } of passingBlocks({ rows, columns })) {
    for (const [index, column] of (await transform.apply(block.columns, state, options)).entries()) {
      writers[index] ??= store.add(column, rows)
      writers[index].write(column)
    }
  }
  return writers.map(({ column }) => column)
}

const layoutOfTensor = ({ rowKind, shape, tokens }: TensorColumn): TensorLayout => ({
  rowKind,
  shape,
  ...(tokens === undefined ? {} : { tokens }),
})

/** The columns with those of `inputs` taken out and `outputs` put where the first of them stood. */
function replaced(
  columns: readonly LaterColumn[],
  inputs: readonly string[],
  outputs: readonly LaterColumn[],
): LaterColumn[] {
  const gone = new Set(inputs)
  const first = columns.findIndex(({ name }) => gone.has(name))
  const before = columns.slice(0, first)
  const after = columns.slice(first).filter(({ name }) => !gone.has(name))
  return [...before, ...outputs, ...after]
}

function inputsOf(step: CheckedStep, columns: readonly LaterColumn[], path: string): readonly LaterColumn[] {
  const names = columns.map(({ name }) => name)
  const { matched, unmatched } = matchColumns(step.columns, names)
  const errors: ErrorDetail[] = unmatched.map((pattern) => ({
    path: `${path}.columns`,
    expected: `columns among ${listed(names)}`,
    received: JSON.stringify(pattern),
  }))
  const chosen = new Set(matched)
  const inputs = columns.filter(({ name }) => chosen.has(name))
  for (const { name, kind } of inputs) {
    if (takes(step.transform.accepts, kind)) continue
    errors.push({
      path: `${path}.columns`,
      expected: `${step.transform.accepts === 'any' ? 'numeric or text' : step.transform.accepts} columns for ${step.transform.name}`,
      received: `${name}, which is ${kind}`,
    })
  }
  if (errors.length > 0) throw refused(errors)
  return inputs
}

const takes = (accepts: CheckedStep['transform']['accepts'], kind: Column['kind']): boolean =>
  accepts === kind || accepts === 'every' || (accepts === 'any' && (kind === 'numeric' || kind === 'text'))

function refuseDuplicates(columns: readonly LaterColumn[], path: string): void {
  const seen = new Set<string>()
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw refused([{ path, expected: 'columns with different names', received: `two columns ${name}` }])
    }
    seen.add(name)
  }
}

/** One error for all that is wrong. */
export function refused(errors: readonly ErrorDetail[]): FlywheelError {
  const detail = errors
    .slice(0, 3)
    .map(({ path, expected, received }) => `${path}: expected ${expected}, received ${received}`)
    .join('; ')
  return new FlywheelError('specification-invalid', detail, { errors: errors.slice(0, 100) })
}

/** Names for a message: the first 20, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length - 20
  return names.slice(0, 20).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
