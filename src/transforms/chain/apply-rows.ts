import type { NumberMap } from '../../contracts/transform.js'
import { type PathOf, type StoredChain, unusable } from './apply-chain.js'
import type { Transforms } from './catalogue.js'

/** Rows as a request brings them: [rows, columns], row-major. */
export interface NumberRows {
  readonly rows: number
  readonly numbers: Float64Array
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
  return (batches, pathOf) => {
    const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
    const out = new Float32Array(rows * sources.length)
    let to = 0
    for (const { rows: count, numbers } of batches) {
      for (let row = 0; row < count; row++) {
        const from = row * columns.length
        for (let at = 0; at < sources.length; at++) {
          const given = numbers[from + (sources[at] as number)] as number
          const map = applied[at]
          const value = map ? map(given) : given
          out[to] = value
          if (!Number.isFinite(out[to]))
            throw unusable(pathOf(Math.floor(to / sources.length), networkColumns[at] as string), value)
          to++
        }
      }
    }
    return out
  }
}

function inTurn(maps: readonly NumberMap[]): NumberMap | null {
  const [first, ...others] = maps
  if (first === undefined) return null
  return others.length === 0 ? first : (value) => others.reduce((result, map) => map(result), first(value))
}
