import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumericColumn } from '../../src/contracts/table.js'
import type { FittedTransform } from '../../src/contracts/transform.js'
import { parse } from '../../src/contracts/validation.js'
import { prepareChain } from '../../src/transforms/chain/apply-chain.js'
import { prepareRows } from '../../src/transforms/chain/apply-rows.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { optionVariants, randomContext, randomNumbers } from './transform-samples.js'

const transforms = await loadTransforms()
const ROWS = 40
const random = randomNumbers(5)
const names = ['a', 'b', 'c', 'd']
const columns: NumericColumn[] = names.map((name, at) => ({
  kind: 'numeric',
  name,
  values: Float64Array.from({ length: ROWS }, (_, row) =>
    row % 9 === 3 ? Number.NaN : (random() - 0.3) * 10 ** (at * 2 - 2),
  ),
}))
const numbers = Float64Array.from({ length: ROWS * names.length }, (_, at) => {
  const column = columns[at % names.length] as NumericColumn
  return column.values[Math.floor(at / names.length)] as number
})
const batches = [
  { rows: 1, numbers: numbers.subarray(0, names.length) },
  { rows: ROWS - 1, numbers: numbers.subarray(names.length) },
]

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength)

async function fitted(name: string, options: object): Promise<FittedTransform> {
  const transform = transforms.get(name)
  assert.ok(transform)
  const all = parse(transform.options, options)
  const state = await transform.fit(columns, all, randomContext(ROWS, 2, random))
  return JSON.parse(JSON.stringify({ name, columns: names, options: all, state }))
}

/** Both ways, of chains that end without missing values. */
async function bothWays(steps: readonly FittedTransform[], networkColumns: readonly string[]) {
  const chain = { transforms: steps, networkColumns }
  const byRow = prepareRows(chain, { transforms, columns: names })
  const byColumn = prepareChain(chain, transforms)
  return { byRow, byColumn: () => byColumn({ rows: ROWS, columns }) }
}

const withMaps = [...transforms.values()].filter(({ numberMap }) => numberMap !== undefined)
for (const { name, options } of withMaps) {
  test(`${name} gives rows the same bytes without columns as with them`, async () => {
    const fill = await fitted('impute', {})
    let compared = 0
    for (const variant of optionVariants(options as never)) {
      const step = await fitted(name, variant).catch(() => null)
      if (step === null) continue
      const { byRow, byColumn } = await bothWays([fill, step], ['c', 'a', 'd', 'b'])
      if (byRow === null) continue
      assert.deepEqual(bytesOf(byRow(batches, String)), bytesOf(await byColumn()))
      compared += 1
    }
    assert.ok(compared > 0)
  })
}

test('some steps in turn do, too, on columns that the chain leaves out', async () => {
  const steps = [await fitted('impute', {}), await fitted('clip', {}), await fitted('scale', {})]
  const { byRow, byColumn } = await bothWays(steps, ['d', 'b'])
  assert.deepEqual(byRow?.(batches, String), await byColumn())
})

test('a chain that makes other columns needs them', async () => {
  const steps = [await fitted('impute', { indicator: true })]
  assert.equal((await bothWays(steps, names)).byRow, null)
})

test('values that the network can not take are refused in the same words', async () => {
  const { byRow, byColumn } = await bothWays([await fitted('scale', {})], names)
  const pathOf = (row: number, column: string) => `instances[${row}].${column}`
  const byColumnError = await byColumn().catch((error: Error) => error)
  assert.ok(byColumnError instanceof Error)
  assert.throws(() => byRow?.(batches, pathOf), {
    code: 'instances-invalid',
    message: byColumnError.message.replace(/^row 4, a/, 'instances[3].a'),
  })
})

for (const [what, options, networkColumns] of [
  ['one line for all', { divideBy: 255 }, names],
  ['a line for each', { method: 'standard' }, names],
  ['columns in another order', { divideBy: 3 }, ['c', 'a']],
] as const) {
  test(`numbers of every type become the same bytes: ${what}`, async () => {
    const { byRow } = await bothWays([await fitted('scale', options)], networkColumns)
    assert.ok(byRow)
    const whole = Float64Array.from({ length: ROWS * names.length }, (_, at) => (at * 37) % 256)
    const expected = bytesOf(byRow([{ rows: ROWS, numbers: whole }], String)).toString('hex')
    for (const type of [Float32Array, Int16Array, Uint8Array]) {
      const typed = type.from(whole)
      const [some, others] = [typed.slice(0, 3 * names.length), typed.slice(3 * names.length)]
      const parts = [
        { rows: 3, numbers: some },
        { rows: ROWS - 3, numbers: others },
      ]
      assert.equal(bytesOf(byRow(parts, String)).toString('hex'), expected)
    }
  })
}

test('no steps at all leave numbers as they are, zeros with a sign too', async () => {
  const { byRow } = await bothWays([], names)
  const given = Float64Array.of(-0, 0.1, 1e-300, 3)
  assert.deepEqual(byRow?.([{ rows: 1, numbers: given }], String), Float32Array.from(given))
})
