import type { Column, Doubles, NumericColumn } from '../../contracts/table.js'
import type { Transform } from '../../contracts/transform.js'
import { newDoubles, reusedDoubles } from '../../datasets/columns/doubles.js'
import { laterColumn } from '../../datasets/columns/later-column.js'
import { BLOCK_ROWS, sliceRows } from '../../datasets/select-rows.js'

/**
 * What a step that treats each column for itself makes of columns of numbers, made whenever it is read: that takes less
 * time than to write it to a file and read it back.
 *
 * @returns null where the step looks at several columns, or not all of them are numbers
 */
export function madeAgain(
  inputs: readonly Column[],
  {
    transform,
    state,
    options,
    rows,
  }: { transform: Transform; state: unknown; options: unknown; rows: number },
): readonly Column[] | null {
  const { applyColumn } = transform
  if (applyColumn === undefined || !inputs.every(isNumeric)) return null
  return inputs.flatMap((input, at) => {
    const make = (from: number, to: number, doubles: Doubles) => {
      const [column] = sliceRows({ rows, columns: [input] }, { from, to, doubles }).columns
      return applyColumn(column as NumericColumn, { at, state, options, doubles })
    }
    return make(0, 1, newDoubles).map((like, index) =>
      laterColumn(like, {
        rows,
        read(from, to, doubles = newDoubles) {
          const made = (start: number, end: number, memory: Doubles) =>
            make(start, end, memory)[index] as NumericColumn
          if (to - from <= BLOCK_ROWS) return made(from, to, doubles)
          const values = doubles(to - from)
          const memory = reusedDoubles()
          for (let start = from; start < to; start += BLOCK_ROWS) {
            memory.clear()
            values.set(made(start, Math.min(start + BLOCK_ROWS, to), memory.doubles).values, start - from)
          }
          return { kind: 'numeric', name: like.name, values }
        },
      }),
    )
  })
}

const isNumeric = (column: Column): column is NumericColumn => column.kind === 'numeric'
