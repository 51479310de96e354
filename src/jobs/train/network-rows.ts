import type { Table } from '../../contracts/table.js'
import { blocksOf, copyRows, sizeOfShape } from '../../datasets/select-rows.js'
import { type NetworkColumn, prepareChain, writeColumns } from '../../transforms/chain/apply-chain.js'
import type { Transforms } from '../../transforms/chain/catalogue.js'
import type { FittedChain } from '../../transforms/chain/fit-chain.js'

/**
 * What the network gets: every row as it will be served, but the training rows as their own encodings say where the
 * chain has some. Training rows that a step left out stay zero; nobody reads them.
 *
 * @param table the features of all rows
 * @param options.training numbers of the training rows, which the chain was fitted on
 * @returns [rows, width], row-major
 * @throws FlywheelError instances-invalid for values that are missing or out of float32's range
 */
export async function networkRows(
  table: Table,
  { chain, training, transforms }: { chain: FittedChain; training: Int32Array; transforms: Transforms },
): Promise<Float32Array> {
  const serve = prepareChain(chain, transforms)
  const learning = chain.training.rows.map((at) => training[at] as number)
  const { columns } = chain.training
  const isServed = new Uint8Array(table.rows).fill(1)
  for (const row of training) isServed[row] = 0
  if (columns === null) for (const row of learning) isServed[row] = 1
  const width = sizeOfShape(chain.row.shape)
  const out = new Float32Array(table.rows * width)
  for (const { from, block } of blocksOf(table)) {
    const rows = Int32Array.from({ length: block.rows }, (_, at) => from + at).filter(
      (row) => isServed[row] === 1,
    )
    const served =
      rows.length === block.rows
        ? block
        : copyRows(
            block,
            rows.map((row) => row - from),
          )
    scatter(await serve(served, pathIn(rows)), { rows, out, width })
  }
  if (columns !== null) {
    for (const { from, block } of blocksOf({ rows: learning.length, columns: await columns() })) {
      const rows = learning.subarray(from, from + block.rows)
      const own = new Float32Array(block.rows * width)
      const read = block.columns as readonly NetworkColumn[]
      writeColumns(read, { out: own, width, from: 0, rows: block.rows, pathOf: pathIn(rows) })
      scatter(own, { rows, out, width })
    }
  }
  return out
}

const pathIn = (rows: Int32Array) => (row: number, name: string) =>
  `row ${(rows[row] as number) + 1}, ${name}`

function scatter(
  values: Float32Array,
  { rows, out, width }: { rows: Int32Array; out: Float32Array; width: number },
): void {
  for (let at = 0; at < rows.length; ) {
    const first = rows[at] as number
    let count = 1
    while (rows[at + count] === first + count) count++
    out.set(values.subarray(at * width, (at + count) * width), first * width)
    at += count
  }
}
