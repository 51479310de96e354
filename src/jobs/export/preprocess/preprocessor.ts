import type { Column, ScalarColumn, Table } from '../../../contracts/table.js'
import type { FittedTransform, Transform } from '../../../contracts/transform.js'
import { prepareChain } from '../../../transforms/chain/apply-chain.js'

/** What an export's `transforms.json` says. This file is part of exports, and runs in browsers too. */
export interface Described {
  readonly inputs: readonly { readonly name: string; readonly type: string }[]
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
  columns: inputs.map(({ name, type }): Column => {
    const cells = instances.map((instance, row) => {
      const value = Object.hasOwn(instance, name) ? instance[name] : undefined
      if (value === null) return null
      const cell = cellOf(value, type)
      if (cell !== null) return cell
      const expected = isText(type) ? 'a text' : type === 'boolean' ? 'a boolean' : 'a finite number'
      throw new TypeError(
        `instances[${row}].${name}: expected ${expected} or null, received ${String(value)}`,
      )
    })
    return isText(type) ? textColumn(name, cells, missing) : numericColumn(name, cells)
  }),
})

const isText = (type: string): boolean => type === 'category' || type === 'text'

/** Null for a value of another type. */
function cellOf(value: unknown, type: string): string | number | null {
  if (isText(type)) return typeof value === 'string' ? value : null
  if (type === 'boolean') return value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : null
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

type Cells = readonly (string | number | null)[]

const numericColumn = (name: string, cells: Cells): ScalarColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
})

/** As datasets are read: trimmed, and missing where the text stands for no value. */
function textColumn(name: string, cells: Cells, missing: readonly string[]): ScalarColumn {
  const places = new Map<string, number>()
  const codes = Int32Array.from(cells, (cell) => {
    const text = String(cell ?? '').replace(/^[ \t]+|[ \t]+$/g, '')
    if (cell === null || text === '' || missing.includes(text)) return -1
    const known = places.get(text) ?? places.size
    places.set(text, known)
    return known
  })
  return { kind: 'text', name, codes, dictionary: [...places.keys()] }
}
