import type { Column, Table, TensorColumn, TextColumn } from '../../../contracts/table.js'
import type { FittedTransform, Transform } from '../../../contracts/transform.js'
import { isDate, isoTime } from '../../../datasets/iso-time.js'
import { prepareChain } from '../../../transforms/chain/apply-chain.js'

/** What an export's `transforms.json` says. This file is part of exports, and runs in browsers too. */
export interface Described {
  readonly inputs: readonly {
    readonly name: string
    readonly type: string
    /** Of a vector. */
    readonly length?: number
  }[]
  /** Texts that count as missing, beside the empty one. */
  readonly missing: readonly string[]
  readonly transforms: readonly FittedTransform[]
  readonly networkColumns: readonly string[]
}

export type Instance = Readonly<Record<string, unknown>>

/**
 * Turns instances, objects of columns, into what the model takes, as Flywheel's predict does it.
 *
 * @param transforms those that the steps name
 * @returns instances → [rows, width], row-major. It throws where a column is not there or of another type, and where a
 *   value is missing that no step fills
 */
export function preprocessor(
  described: Described,
  transforms: readonly Transform[],
): (instances: readonly Instance[]) => Promise<Float32Array> {
  const byName = new Map(transforms.map((transform) => [transform.name, transform]))
  const apply = prepareChain(described, byName)
  return (instances) => apply(tableOf(instances, described), (row, column) => `instances[${row}].${column}`)
}

const tableOf = (instances: readonly Instance[], { inputs, missing }: Described): Table => ({
  rows: instances.length,
  columns: inputs.map((input): Column => {
    const cells = instances.map((instance, row) => {
      const value = Object.hasOwn(instance, input.name) ? instance[input.name] : undefined
      const cell = value === null ? null : cellOf(value, input, missing)
      if (cell !== undefined) return cell
      const expected = `${expectedOf[input.type] ?? 'a finite number'} or null`
      throw new TypeError(`instances[${row}].${input.name}: expected ${expected}, received ${String(value)}`)
    })
    if (isText(input.type)) return textColumn(input.name, cells, missing)
    if (input.type === 'vector') return vectorColumn(input, cells)
    return {
      kind: 'numeric',
      name: input.name,
      values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
    }
  }),
})

const expectedOf: Readonly<Record<string, string>> = {
  category: 'a text',
  text: 'a text',
  identifier: 'a text',
  list: 'a list of texts',
  boolean: 'a boolean',
  date: 'a date as ISO 8601',
  vector: 'a list of numbers',
}

const isText = (type: string): boolean => ['category', 'text', 'identifier', 'list'].includes(type)

type Cell = string | number | readonly number[] | null
type Cells = readonly Cell[]

/** Undefined for a value of another type. */
function cellOf(
  value: unknown,
  { type, length }: Described['inputs'][number],
  missing: readonly string[],
): Cell | undefined {
  switch (type) {
    case 'category':
    case 'text':
      return typeof value === 'string' ? value : undefined
    case 'identifier':
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
    case 'list':
      return typeof value === 'string' ? value : areTexts(value) ? JSON.stringify(value) : undefined
    case 'boolean':
      return value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined
    case 'date':
      return typeof value === 'string' ? dateOf(value, missing) : finite(value)
    case 'vector':
      return Array.isArray(value) && value.length === length && value.every(Number.isFinite)
        ? (value as number[])
        : undefined
    default:
      return finite(value)
  }
}

const finite = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** As datasets are read: trimmed, and null where the text stands for no value. */
function textOf(value: string, missing: readonly string[]): string | null {
  const text = value.replace(/^[ \t]+|[ \t]+$/g, '')
  return text === '' || missing.includes(text) ? null : text
}

/** Milliseconds since 1970; null for a text that stands for no value, undefined for one that is no day. */
function dateOf(value: string, missing: readonly string[]): number | null | undefined {
  const text = textOf(value, missing)
  if (text === null) return null
  return isDate(text) ? isoTime(text) : undefined
}

function textColumn(name: string, cells: Cells, missing: readonly string[]): TextColumn {
  const places = new Map<string, number>()
  const codes = Int32Array.from(cells, (cell) => {
    const text = cell === null ? null : textOf(String(cell), missing)
    if (text === null) return -1
    const known = places.get(text) ?? places.size
    places.set(text, known)
    return known
  })
  return { kind: 'text', name, codes, dictionary: [...places.keys()] }
}

function vectorColumn({ name, length = 1 }: Described['inputs'][number], cells: Cells): TensorColumn {
  const values = new Float32Array(cells.length * length).fill(Number.NaN)
  for (const [row, cell] of cells.entries()) if (Array.isArray(cell)) values.set(cell, row * length)
  return { kind: 'tensor', name, rowKind: 'vector', shape: [length], values }
}
