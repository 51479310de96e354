import { FlywheelError } from '../../contracts/errors.js'
import type { Column, Doubles, NumericColumn, Table, TensorColumn } from '../../contracts/table.js'
import { type FittedTransform, type Transform, UnusableValue } from '../../contracts/transform.js'
import { newDoubles, reusedDoubles } from '../../datasets/columns/doubles.js'
import { sizeOfShape, sliceRows } from '../../datasets/select-rows.js'
import type { Transforms } from './catalogue.js'

export interface StoredChain {
  readonly transforms: readonly FittedTransform[]
  readonly networkColumns: readonly string[]
}

/** Rows that are transformed at once: small enough for the cache, large enough to hide the cost of a call. */
const CHUNK_ROWS = 512

/**
 * A model's preprocessing, ready for many calls: from rows in the dataset's columns to the network's input.
 * Values that can not be used are named by `pathOf`, e.g. "instances[3].age".
 */
export type Preprocess = (table: Table, pathOf?: PathOf) => Promise<Float32Array>
export type PathOf = (row: number, column: string) => string

/**
 * Prepares a fitted chain. What it gives is the same for one row as for many, byte for byte; memory beyond the
 * table and the result does not grow with the rows.
 *
 * @returns table → [rows, width], row-major: the numbers of `networkColumns`, one column after the other
 * @throws FlywheelError artifact-damaged when a transform of the chain is not in this version of Flywheel;
 *   the returned function: instances-invalid for values that are missing or out of float32's range at the end
 */
export function prepareChain(chain: StoredChain, transforms: Transforms): Preprocess {
  const write = prepareInto(chain, transforms)
  return async (table, pathOf = (row, column) => `row ${row + 1}, ${column}`) => {
    let out = new Float32Array(0)
    const into = (width: number): Float32Array => {
      out = new Float32Array(table.rows * width)
      return out
    }
    await write(table, { into, pathOf })
    return out
  }
}

export interface Destination {
  /** Gives [rows, width], every element of which is written; called once. */
  readonly into: (width: number) => Float32Array
  readonly pathOf: PathOf
}

/** As `prepareChain`, for whoever has a place for the rows. */
export function prepareInto(
  chain: StoredChain,
  transforms: Transforms,
): (table: Table, destination: Destination) => Promise<void> {
  const steps = chain.transforms.map((fitted) => ({ fitted, transform: known(fitted, transforms) }))
  let plan: Plan | undefined
  return async (table, { into, pathOf }) => {
    if (plan === undefined || !plan.fits(table)) {
      plan = await named(planFor(table, steps, chain.networkColumns), { from: 0, pathOf })
    }
    const { apply, width } = plan
    const out = into(width)
    const isOneChunk = table.rows <= CHUNK_ROWS
    const { doubles, clear } = isOneChunk ? { doubles: newDoubles, clear: () => {} } : reusedDoubles()
    for (let from = 0; from < table.rows; from += CHUNK_ROWS) {
      const to = Math.min(from + CHUNK_ROWS, table.rows)
      const { columns } = isOneChunk ? table : sliceRows(table, { from, to, doubles })
      const network = await named(apply(columns, doubles), { from, pathOf })
      writeColumns(network, { out, width, from, rows: to - from, pathOf })
      clear()
    }
  }
}

/** Names the row of a value that a transform can not take. */
async function named<Result>(
  work: Promise<Result>,
  { from, pathOf }: { from: number; pathOf: PathOf },
): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof UnusableValue)) throw error
    const { row, column, expected, received } = error
    const path = pathOf(from + row, column)
    throw new FlywheelError('instances-invalid', `${path}: expected ${expected}, received ${received}`, {
      errors: [{ path, expected, received }],
      cause: error,
    })
  }
}

interface Step {
  readonly fitted: FittedTransform
  readonly transform: Transform
}

/** Where each step finds its columns, for tables whose columns stand in one order: looked up once, not for every row. */
interface Plan {
  fits(table: Table): boolean
  /** The network's columns, in order; their numbers lie in memory that `doubles` gives. */
  apply(columns: readonly Column[], doubles: Doubles): Promise<readonly NetworkColumn[]>
  /** Numbers of a row after the chain. */
  readonly width: number
}

async function planFor(
  table: Table,
  steps: readonly Step[],
  networkColumns: readonly string[],
): Promise<Plan> {
  const names = table.columns.map(({ name }) => name)
  let current = names
  let probe: readonly Column[] = sliceRows(table, { from: 0, to: Math.min(table.rows, 1) }).columns
  const planned: PlannedStep[] = []
  for (const { fitted, transform } of steps) {
    const place = new Map(current.map((name, index) => [name, index]))
    const inputs = fitted.columns.map((name) => {
      const index = place.get(name)
      if (index === undefined) throw new TypeError(`the column ${name} is not there for ${fitted.name}`)
      place.delete(name)
      return index
    })
    const step = { fitted, transform, inputs, kept: [...place.values()] }
    probe = await applyStep(step, probe, newDoubles)
    current = probe.map(({ name }) => name)
    planned.push(step)
  }
  const place = new Map(current.map((name, index) => [name, index]))
  const order = networkColumns.map((name) => place.get(name) ?? -1)
  const chosen = (columns: readonly Column[]) =>
    order.map((index, at) => forNetwork(columns[index], networkColumns[at] as string))
  return {
    fits: ({ columns }) =>
      columns.length === names.length && columns.every(({ name }, index) => name === names[index]),
    async apply(columns, doubles) {
      let at = columns
      for (const step of planned) at = await applyStep(step, at, doubles)
      return chosen(at)
    },
    width: chosen(probe).reduce((sum, column) => sum + columnWidth(column), 0),
  }
}

interface PlannedStep extends Step {
  readonly inputs: readonly number[]
  readonly kept: readonly number[]
}

/** The columns that the step does not take, then those that it makes. */
async function applyStep(
  { fitted, transform, inputs, kept }: PlannedStep,
  columns: readonly Column[],
  doubles: Doubles,
): Promise<readonly Column[]> {
  const taken = inputs.map((index) => columns[index] as Column)
  const made = await transform.apply(taken, fitted.state, fitted.options, doubles)
  return kept.length === 0 ? made : kept.map((index) => columns[index] as Column).concat(made)
}

/** What a network can be fed with. */
export type NetworkColumn = NumericColumn | TensorColumn

/** @throws TypeError for a column that a chain should have refused */
export function forNetwork(column: Column | undefined, name: string): NetworkColumn {
  if (column?.kind === 'numeric' || column?.kind === 'tensor') return column
  throw new TypeError(`the network's column ${name} is ${column === undefined ? 'not there' : column.kind}`)
}

const columnWidth = (column: NetworkColumn): number =>
  column.kind === 'numeric' ? 1 : sizeOfShape(column.shape)

interface Target {
  readonly out: Float32Array
  readonly width: number
  /** The first row's number. */
  readonly from: number
  readonly rows: number
  readonly pathOf: PathOf
}

/** Rows that are written at once: they stay in a core's nearest cache until all of their columns are. */
const TILE_ROWS = 64

/**
 * Writes columns side by side into rows.
 *
 * @throws FlywheelError instances-invalid for values that are missing or out of float32's range
 */
export function writeColumns(columns: readonly NetworkColumn[], target: Target): void {
  const { out, width, from, rows, pathOf } = target
  for (let first = 0; first < rows; first += TILE_ROWS) {
    const end = Math.min(first + TILE_ROWS, rows)
    let at = (from + first) * width
    for (const column of columns) {
      const bad =
        column.kind === 'numeric'
          ? writeNumbers(column.values, { out, width, at, first, end })
          : writeBlocks(column.values, { out, width, at, first, end, size: sizeOfShape(column.shape) })
      if (bad !== null) throw unusable(pathOf(from + bad.row, column.name), bad.value)
      at += columnWidth(column)
    }
  }
}

interface Tile {
  readonly out: Float32Array
  readonly width: number
  /** Where the first row's value goes. */
  readonly at: number
  readonly first: number
  readonly end: number
}

interface BadValue {
  readonly row: number
  readonly value: number
}

/** @returns the first value that float32 can't hold; null without one */
function writeNumbers(values: Float64Array, { out, width, at, first, end }: Tile): BadValue | null {
  for (let row = first, to = at; row < end; row++, to += width) {
    const rounded = Math.fround(values[row] as number)
    out[to] = rounded
    if (!Number.isFinite(rounded)) return { row, value: values[row] as number }
  }
  return null
}

function writeBlocks(
  values: Float32Array,
  { out, width, at, first, end, size }: Tile & { size: number },
): BadValue | null {
  for (let row = first, to = at; row < end; row++, to += width) {
    for (let i = 0; i < size; i++) {
      const value = values[row * size + i] as number
      out[to + i] = value
      if (!Number.isFinite(value)) return { row, value }
    }
  }
  return null
}

export function unusable(path: string, value: number): FlywheelError {
  const isMissing = Number.isNaN(value)
  const expected = isMissing ? 'a value (no impute step fills this column)' : 'a number in float32’s range'
  const received = isMissing ? 'a missing value' : `${value} after the transforms`
  return new FlywheelError('instances-invalid', `${path}: expected ${expected}, received ${received}`, {
    errors: [{ path, expected, received }],
    remedy: isMissing
      ? 'Send a value, or train with an impute step for this column'
      : 'Send a number in the range of the training data',
  })
}

function known(fitted: FittedTransform, transforms: Transforms): Transform {
  const transform = transforms.get(fitted.name)
  if (transform !== undefined) return transform
  throw new FlywheelError(
    'artifact-damaged',
    `the model needs the transform ${fitted.name}, which is not there`,
  )
}
