import type { NumberMap } from '../../contracts/transform.js'
import { type PathOf, type StoredChain, unusable } from './apply-chain.js'
import type { Transforms } from './catalogue.js'

/** Rows as a request brings them: [rows, columns], row-major. */
export interface NumberRows {
  readonly rows: number
  readonly numbers: Float64Array | Float32Array | Int16Array | Uint8Array
}

/** From the rows of several requests, one after the other, to the network's input. */
export type RowPreprocess = (batches: readonly NumberRows[], pathOf: PathOf) => Float32Array

/**
 * Prepares a fitted chain of which every step changes numbers one by one: it then needs no columns, which for a single
 * row of 784 numbers cost more than the network. What it gives is what `prepareChain` gives, byte for byte.
 *
 * @param columns of the rows, in their order
 * @returns null where a step, or the network, needs more than that
 * @throws FlywheelError (the returned function) as that of `prepareChain`
 */
export function prepareRows(
  { transforms: steps, networkColumns }: StoredChain,
  { transforms, columns }: { transforms: Transforms; columns: readonly string[] },
): RowPreprocess | null {
  const maps = new Map<string, NumberMap[]>(columns.map((name) => [name, []]))
  for (const { name, columns: taken, state, options } of steps) {
    const transform = transforms.get(name)
    for (const [index, column] of taken.entries()) {
      const map = transform?.numberMap?.(index, state, options) ?? null
      const before = maps.get(column)
      if (map === null || before === undefined) return null
      before.push(map)
    }
  }
  const [sources, applied] = [new Int32Array(networkColumns.length), [] as (NumberMap | null)[]]
  for (const [at, name] of networkColumns.entries()) {
    const ofColumn = maps.get(name)
    if (ofColumn === undefined) return null
    sources[at] = columns.indexOf(name)
    applied.push(inTurn(ofColumn))
  }
  const width = columns.length
  const isCopy = width === sources.length && sources.every((from, at) => from === at && applied[at] === null)
  const rowsAtOnce = Math.max(1, Math.floor(numbersAtOnce / Math.max(1, width)))
  const wide = new Float64Array(rowsAtOnce * width)

  /** @param numbers of whole rows */
  function write(out: Float32Array, to: number, numbers: Float64Array, rows: number): void {
    for (let row = 0; row < rows; row++) {
      const from = row * width
      for (let at = 0; at < sources.length; at++) {
        const given = numbers[from + (sources[at] as number)] as number
        const map = applied[at]
        out[to++] = map ? map(given) : given
      }
    }
  }

  return (batches, pathOf) => {
    const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
    const out = new Float32Array(rows * sources.length)
    let to = 0
    for (const { rows: count, numbers } of batches) {
      if (isCopy) out.set(numbers, to)
      else if (numbers instanceof Float64Array) write(out, to, numbers, count)
      else
        for (let row = 0; row < count; row += rowsAtOnce) {
          const some = Math.min(rowsAtOnce, count - row)
          // The loop is compiled for one type of numbers.
          wide.set(numbers.subarray(row * width, (row + some) * width))
          write(out, to + row * sources.length, wide, some)
        }
      to += count * sources.length
    }
    if (isAllFinite(out)) return out
    const wrong = out.findIndex((value) => !Number.isFinite(value))
    throw unusable(
      pathOf(Math.floor(wrong / sources.length), networkColumns[wrong % sources.length] as string),
      valueAt(batches, wrong),
    )
  }

  /** Before it was rounded to float32. */
  function valueAt(batches: readonly NumberRows[], place: number): number {
    let row = Math.floor(place / sources.length)
    const at = place % sources.length
    for (const { rows, numbers } of batches) {
      if (row >= rows) row -= rows
      else {
        const given = numbers[row * width + (sources[at] as number)] as number
        return applied[at]?.(given) ?? given
      }
    }
    return Number.NaN
  }
}

/** Numbers that are widened together: they stay in the processor's cache. */
const numbersAtOnce = 2_048

/** A number that is not finite makes NaN of its sum with 0 · itself, and of every sum behind it. */
function isAllFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0]
  const end = values.length - (values.length % 4)
  for (let at = 0; at < end; at += 4) {
    a += (values[at] as number) * 0
    b += (values[at + 1] as number) * 0
    c += (values[at + 2] as number) * 0
    d += (values[at + 3] as number) * 0
  }
  for (let at = end; at < values.length; at++) a += (values[at] as number) * 0
  return a + b + c + d === 0
}

function inTurn(maps: readonly NumberMap[]): NumberMap | null {
  const [first, ...others] = maps
  if (first === undefined) return null
  return others.length === 0 ? first : (value) => others.reduce((result, map) => map(result), first(value))
}
