import type { Table } from '../../contracts/table.js'
import { copyRows, sizeOfShape } from '../../datasets/select-rows.js'
import { prepareChain, writeColumns } from '../../transforms/chain/apply-chain.js'
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
  if (!isServed.includes(0)) return serve(table)
  const width = sizeOfShape(chain.row.shape)
  const out = new Float32Array(table.rows * width)
  const served = Int32Array.from(isServed.keys()).filter((row) => isServed[row] === 1)
  const pathOf = (rows: Int32Array) => (row: number, name: string) =>
    `row ${(rows[row] as number) + 1}, ${name}`
  scatter(await serve(copyRows(table, served), pathOf(served)), { rows: served, out, width })
  if (columns !== null) {
    const rows = learning.length
    const own = new Float32Array(rows * width)
    writeColumns(await columns(), { out: own, width, from: 0, rows, pathOf: pathOf(learning) })
    scatter(own, { rows: learning, out, width })
  }
  return out
}

function scatter(
  values: Float32Array,
  { rows, out, width }: { rows: Int32Array; out: Float32Array; width: number },
): void {
  for (const [at, row] of rows.entries()) out.set(values.subarray(at * width, (at + 1) * width), row * width)
}
