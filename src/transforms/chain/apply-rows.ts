import type { NumberMap } from '../../contracts/transform.js'
import { type PathOf, type StoredChain, unusable } from './apply-chain.js'
import type { Transforms } from './catalogue.js'
import { lineByBytes, lineByColumn, type NumberWriter, numberFunction, writerOf } from './number-writers.js'

/** Rows as a request brings them: [rows, columns], row-major. */
export interface NumberRows {
  readonly rows: number
  readonly numbers: Float64Array | Float32Array | Int16Array | Uint8Array
}

/**
 * From the rows of several requests, one after the other, to the network's input, [rows, columns of the network]. It stands in
 * memory that the next call uses again.
 */
export type RowPreprocess = (batches: readonly NumberRows[], pathOf: PathOf) => Float32Array

/** Numbers that are kept room for between two calls: larger batches are rare. */
const keptNumbers = 2 ** 20

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
  const sources = new Int32Array(networkColumns.length)
  const applied: (readonly NumberMap[])[] = []
  for (const [at, name] of networkColumns.entries()) {
    const ofColumn = maps.get(name)
    if (ofColumn === undefined) return null
    sources[at] = columns.indexOf(name)
    applied.push(ofColumn)
  }
  const plan = { sources, maps: applied, width: columns.length }
  const writers = [lineByBytes(plan), lineByColumn(plan), writerOf(plan)].filter((writer) => writer !== null)
  let kept = new Float32Array(0)

  function roomFor(length: number): Float32Array {
    if (length > keptNumbers) return new Float32Array(length)
    if (length > kept.length) kept = new Float32Array(length)
    return kept.subarray(0, length)
  }

  return (batches, pathOf) => {
    const out = roomFor(batches.reduce((sum, { rows }) => sum + rows, 0) * sources.length)
    let to = 0
    for (const { rows, numbers } of batches) {
      const writer = writers.find(({ takes }) => takes(numbers)) as NumberWriter
      writer.write(numbers, { rows, out, to })
      to += rows * sources.length
    }
    if (isAllFinite(out)) return out
    const wrong = out.findIndex((value) => !Number.isFinite(value))
    const [row, at] = [Math.floor(wrong / sources.length), wrong % sources.length]
    const given = numberAt(batches, { row, column: sources[at] as number, width: columns.length })
    const value = numberFunction(applied[at] ?? [])(given)
    throw unusable(pathOf(row, networkColumns[at] as string), value)
  }
}

function numberAt(
  batches: readonly NumberRows[],
  { row, column, width }: { row: number; column: number; width: number },
): number {
  let left = row
  for (const { rows, numbers } of batches) {
    if (left < rows) return numbers[left * width + column] as number
    left -= rows
  }
  return Number.NaN
}

/** 0 times a number that is not finite is NaN, and so is every sum with it. */
function isAllFinite(values: Float32Array): boolean {
  // Four sums, since each has to wait for the one before.
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
