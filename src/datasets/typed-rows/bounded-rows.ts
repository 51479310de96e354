import { LIMITS } from '../limits.js'
import type { RowFault, RowSource } from './typed-row.js'

/** A comma, and quotes around a text. */
const AROUND_BYTES = 3
/** -1.2345678901234567e-300 */
const NUMBER_BYTES = 24
/** Of UTF-8, for a UTF-16 unit. */
const UNIT_BYTES = 3
/** Of JSON: \u001f. */
const ESCAPED_BYTES = 6

/** The rows of a source; those that are longer than a row may be are faulty. */
export const boundedRows = (source: RowSource): RowSource => ({
  names: source.names,
  close: () => source.close(),
  walk: (onRow) =>
    source.walk((row) => {
      const fault = faultOf(row.values)
      onRow(fault === null ? row : { ...row, faults: [...(row.faults ?? []), fault] })
    }),
})

function faultOf(values: readonly unknown[]): RowFault | null {
  let most = 0
  for (const value of values) most += mostBytes(value) + AROUND_BYTES
  if (most <= LIMITS.recordBytes) return null
  const bytes = values.reduce((sum: number, value) => sum + bytesOf(value) + AROUND_BYTES, 0)
  if (bytes <= LIMITS.recordBytes) return null
  return { expected: `at most ${LIMITS.recordBytes} bytes`, received: `${bytes} bytes` }
}

/** What a value takes when it is written, or more: found without a look at its characters. */
function mostBytes(value: unknown): number {
  if (typeof value === 'string') return value.length * UNIT_BYTES
  if (typeof value === 'bigint') return String(value).length
  if (!Array.isArray(value)) return NUMBER_BYTES
  let bytes = 2
  for (const item of value)
    bytes += (typeof item === 'string' ? item.length * ESCAPED_BYTES + 2 : NUMBER_BYTES) + 1
  return bytes
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  // Lists in lists are errors of their own, and may be nested without end.
  if (!Array.isArray(value) || value.some((item) => typeof item === 'object')) return mostBytes(value)
  return Buffer.byteLength(JSON.stringify(value))
}
