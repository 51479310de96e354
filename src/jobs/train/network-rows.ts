import type { Table } from '../../contracts/table.js'
import { rowsWhere } from '../../datasets/rows-where.js'
import { passingBlocks, selectRows, sizeOfShape } from '../../datasets/select-rows.js'
import { type NetworkColumn, prepareInto, writeColumns } from '../../transforms/chain/apply-chain.js'
import type { Transforms } from '../../transforms/chain/catalogue.js'
import type { FittedChain } from '../../transforms/chain/fit-chain.js'

/** Rows that are read at once: 30 columns of them, and what becomes of them, stay in a core's cache. */
const SERVED_ROWS = 4096

export interface NetworkRows {
  /** [places, width], row-major: the rows that are learnt from or validated on, in their order in the table. */
  readonly features: Float32Array
  /** [places]: the number of each in the table. */
  readonly rows: Int32Array
  /** Places of the rows that are learnt from, as often as they are. */
  readonly training: Int32Array
  /** Places of the rows that are validated on. */
  readonly validation: Int32Array
}

/**
 * What the network gets: rows that are validated on as they will be served, those that are learnt from as their own
 * encodings say where the chain has some, else as they will be served too.
 *
 * @param table the features of all rows
 * @param options.training numbers of the training rows, which the chain was fitted on
 * @throws FlywheelError instances-invalid for values that are missing or out of float32's range
 */
export async function networkRows(
  table: Table,
  {
    chain,
    training,
    validation,
    transforms,
  }: { chain: FittedChain; training: Int32Array; validation: Int32Array; transforms: Transforms },
): Promise<NetworkRows> {
  const learning = chain.training.rows.map((at) => training[at] as number)
  const { columns } = chain.training
  const { rows, placeOf } = placesOf(table.rows, [learning, validation])
  const width = sizeOfShape(chain.row.shape)
  const features = new Float32Array(rows.length * width)
  const served = columns === null ? rows : validation
  const serve = prepareInto(chain, transforms)
  for (const { from, block } of passingBlocks(selectRows(table, served), SERVED_ROWS)) {
    const numbers = served.subarray(from, from + block.rows)
    // Where all rows are served, they come in the order of their places.
    const own =
      columns === null
        ? features.subarray(from * width, (from + block.rows) * width)
        : new Float32Array(block.rows * width)
    await serve(block, { into: () => own, pathOf: pathIn(numbers) })
    if (columns !== null) scatter(own, { places: numbers.map(placeOf), to: features, width })
  }
  if (columns !== null) {
    for (const { from, block } of passingBlocks({ rows: learning.length, columns: await columns() })) {
      const numbers = learning.subarray(from, from + block.rows)
      const own = new Float32Array(block.rows * width)
      const read = block.columns as readonly NetworkColumn[]
      writeColumns(read, { out: own, width, from: 0, rows: block.rows, pathOf: pathIn(numbers) })
      scatter(own, { places: numbers.map(placeOf), to: features, width })
    }
  }
  return { features, rows, training: learning.map(placeOf), validation: validation.map(placeOf) }
}

/** The rows that stand in any of the parts, and their places among them. */
function placesOf(
  all: number,
  parts: readonly Int32Array[],
): { rows: Int32Array; placeOf: (row: number) => number } {
  const places = new Int32Array(all).fill(-1)
  for (const part of parts) for (let at = 0; at < part.length; at++) places[part[at] as number] = 0
  const rows = rowsWhere(all, (row) => places[row] === 0)
  for (let place = 0; place < rows.length; place++) places[rows[place] as number] = place
  return { rows, placeOf: (row) => places[row] as number }
}

const pathIn = (rows: Int32Array) => (row: number, name: string) =>
  `row ${(rows[row] as number) + 1}, ${name}`

/** Copies rows to their places, those that follow each other at once. */
function scatter(
  values: Float32Array,
  { places, to, width }: { places: Int32Array; to: Float32Array; width: number },
): void {
  for (let at = 0; at < places.length; ) {
    const first = places[at] as number
    let count = 1
    while (places[at + count] === first + count) count++
    to.set(values.subarray(at * width, (at + count) * width), first * width)
    at += count
  }
}
