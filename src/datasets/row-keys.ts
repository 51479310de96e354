import type { Table } from '../contracts/table.js'
import { hashRows } from './row-hash.js'

/** A number for each row's content: equal rows have equal ones, in whatever table they stand. */
export function rowKeys(table: Table): BigUint64Array {
  const { high, low } = hashRows(table)
  return BigUint64Array.from(high, (word, row) => (BigInt(word) << 32n) | BigInt(low[row] as number))
}

/** Numbers of the rows of a table whose content is none of those. */
export function rowsOtherThan(known: ReadonlySet<bigint>, table: Table): Int32Array {
  const keys = rowKeys(table)
  return Int32Array.from(keys.keys()).filter((row) => !known.has(keys[row] as bigint))
}
