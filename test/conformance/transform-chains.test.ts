import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ColumnType } from '../../src/contracts/dataset.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { Column, Table, TextColumn } from '../../src/contracts/table.js'
import type { Transform } from '../../src/contracts/transform.js'
import { parse } from '../../src/contracts/validation.js'
import { copyRows, sizeOfShape } from '../../src/datasets/select-rows.js'
import { networkRows } from '../../src/jobs/train/network-rows.js'
import { instanceReader } from '../../src/serving/read-instances.js'
import { decodeRows, encodeRows, mergeRows, toTable } from '../../src/serving/row-batch.js'
import { layoutOf, type Signature } from '../../src/serving/signature.js'
import { prepareChain } from '../../src/transforms/chain/apply-chain.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { type FittedChain, fitChain } from '../../src/transforms/chain/fit-chain.js'
import { type FitOptions, fitSteps } from '../../src/transforms/chain/fit-steps.js'
import type { CheckedStep } from '../../src/transforms/chain/steps.js'
import { filled, optionVariants, randomContext, randomNumbers, randomTable } from './transform-samples.js'

const CHAINS = 120
const ROWS = 30
const transforms = await loadTransforms()
const all = [...transforms.values()]
const typeOf = (column: Column): ColumnType => {
  if (column.kind === 'bytes') return 'image'
  if (column.kind === 'tensor') return 'vector'
  if (column.kind !== 'numeric') return 'category'
  const isFlag = column.values.every((value) => Number.isNaN(value) || value === 0 || value === 1)
  return isFlag ? 'boolean' : 'number'
}

/** Texts as a dataset's reader leaves them, and predict's: trimmed, and missing where they are empty. */
function asRead(column: Column): Column {
  if (column.kind !== 'text') return column
  const dictionary = column.dictionary.map((text) => text.trim())
  const codes = column.codes.map((code) => (dictionary[code] ? code : -1))
  return { ...column, codes, dictionary } satisfies TextColumn
}

const takes = ({ accepts }: Transform, kind: Column['kind']): boolean =>
  accepts === kind || accepts === 'every' || (accepts === 'any' && (kind === 'numeric' || kind === 'text'))

/** Null where a chain can not be. */
async function whereItFits<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work()
  } catch (error) {
    const codes = ['specification-invalid', 'instances-invalid']
    if (error instanceof FlywheelError && codes.includes(error.code)) return null
    throw error
  }
}

/** Some steps one after the other, on columns that are there by then, and what makes numbers of the rest. */
async function randomChain(
  training: Table,
  { random, ...context }: Omit<FitOptions, 'steps'> & { random: () => number },
): Promise<FittedChain | null> {
  const steps: CheckedStep[] = []
  const oneOf = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]
  const add = async (step: CheckedStep) => {
    if ((await whereItFits(() => fitSteps(training, { ...context, steps: [...steps, step] }))) !== null) {
      steps.push(step)
    }
  }
  const columnsFor = async (transform: Transform) =>
    (await fitSteps(training, { ...context, steps })).columns.filter(({ kind }) => takes(transform, kind))
  for (let tries = 0; tries < 8 && steps.length < 4; tries++) {
    const { columns: current } = await fitSteps(training, { ...context, steps })
    const usable = all.filter((each) => current.some(({ kind }) => takes(each, kind)))
    const transform = oneOf(usable)
    if (transform === undefined) break
    const columns = (await columnsFor(transform)).filter(() => random() < 0.7).map(({ name }) => name)
    const variant = oneOf(optionVariants(transform.options as object))
    const options = await whereItFits(async () => parse(transform.options, variant))
    if (columns.length > 0 && options !== null) await add({ transform, columns, options })
  }
  for (const [name, kind] of [
    ['impute', 'numeric'],
    ['one-hot', 'text'],
  ] as const) {
    const transform = transforms.get(name) ?? assert.fail()
    const columns = (await columnsFor(transform)).filter((column) => column.kind === kind)
    if (columns.length === 0) continue
    await add({
      transform,
      columns: columns.map((column) => column.name),
      options: parse(transform.options, {}),
    })
  }
  return whereItFits(() => fitChain(training, { ...context, steps }))
}

/** Instances as a client sends them. */
const instancesOf = ({ rows, columns }: Table): Record<string, unknown>[] =>
  Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      columns.map((column) => {
        if (column.kind === 'bytes') {
          const file = column.values[row]
          return [column.name, file ? Buffer.from(file).toString('base64') : null]
        }
        if (column.kind === 'text')
          return [column.name, column.dictionary[column.codes[row] as number] ?? null]
        if (column.kind === 'tensor') {
          const vector = [...column.values.subarray(3 * row, 3 * row + 3)]
          return [column.name, vector.some(Number.isNaN) ? null : vector]
        }
        assert.ok(column.kind === 'numeric')
        const value = column.values[row] as number
        const sent = typeOf(column) === 'boolean' ? value === 1 : value
        return [column.name, Number.isNaN(value) ? null : sent]
      }),
    ),
  )

/** The way of a request: checked and copied, through the predictor's socket, into columns, through the stored chain. */
function server(chain: FittedChain, features: readonly Column[]) {
  const signature: Signature = {
    inputs: features.map((column) => ({
      name: column.name,
      type: typeOf(column),
      ...(column.kind === 'tensor' ? { length: 3 } : {}),
    })),
    ignored: [],
    target: 'y',
    classes: [],
  }
  const [reader, layout] = [instanceReader(signature), layoutOf(signature)]
  const serve = prepareChain(JSON.parse(JSON.stringify(chain)), transforms)
  return (...requests: readonly (readonly Record<string, unknown>[])[]) => {
    const batches = requests.map((instances) => decodeRows(encodeRows(reader.read(instances))))
    return serve(toTable([mergeRows(batches)], layout))
  }
}

test('chains of several steps give training and serving the same bytes, for a row alone and among others', async () => {
  const seen = { chains: 0, steps: new Map<string, number>(), rows: 0 }
  for (let seed = 1; seed <= CHAINS; seed++) {
    const random = randomNumbers(seed * 7919)
    const drawn = randomTable(ROWS, { random, isLater: false }).columns.map(asRead)
    // Blocks of tokens and of pixels are the whole input of a network: they stand beside no other column.
    const alone = seed % 4 === 0 ? 'text' : seed % 10 === 1 ? 'bytes' : null
    const left: Column['kind'][] = seed % 3 === 1 ? ['bytes'] : ['bytes', 'tensor']
    const columns = drawn
      .filter(({ kind }) => (alone === null ? !left.includes(kind) : kind === alone))
      .map((column) => (column.kind === 'bytes' || column.kind === 'tensor' ? filled(column) : column))
    const table = { rows: ROWS, columns }
    const training = Int32Array.from({ length: 20 }, (_, at) => at)
    const validation = Int32Array.from({ length: ROWS - 20 }, (_, at) => 20 + at)
    const context = randomContext(training.length, seed % 3 === 0 ? 0 : 2, random)
    const chain = await randomChain(copyRows(table, training), { ...context, random })
    if (chain === null) continue
    const width = sizeOfShape(chain.row.shape)
    const learnt = await whereItFits(() => networkRows(table, { chain, training, validation, transforms }))
    if (learnt === null) continue
    const serve = server(chain, table.columns)
    const instances = instancesOf(table)
    const half = instances.length >> 1
    const [together, apart] = [
      await serve(instances),
      await serve(instances.slice(0, half), instances.slice(half)),
    ]
    assert.deepEqual(Buffer.from(apart.buffer), Buffer.from(together.buffer))
    // Training rows may be left out, or encoded by other folds: then the others show what is learnt from.
    const ownRows = chain.training.columns !== null || chain.training.changes.length > 0
    const steps = JSON.stringify(
      chain.transforms.map(({ name, columns, options }) => [name, columns, options]),
    )
    for (let row = 0; row < ROWS; row++) {
      const bytes = (values: Float32Array, at: number) =>
        Buffer.from(values.slice(at * width, (at + 1) * width).buffer)
      const alone = await serve([instances[row] as Record<string, unknown>])
      assert.deepEqual(bytes(alone, 0), bytes(together, row), steps)
      if (!ownRows || row >= training.length)
        assert.deepEqual(bytes(learnt.features, learnt.rows.indexOf(row)), bytes(together, row), steps)
      seen.rows++
    }
    seen.chains++
    for (const { name } of chain.transforms) seen.steps.set(name, (seen.steps.get(name) ?? 0) + 1)
  }
  assert.ok(seen.chains > CHAINS / 2, `${seen.chains} chains`)
  const drawn = randomTable(2, { random: randomNumbers(1), isLater: false }).columns
  const usable = all.filter((transform) => drawn.some(({ kind }) => takes(transform, kind)))
  const untried = usable.filter(({ name }) => !seen.steps.has(name)).map(({ name }) => name)
  assert.deepEqual(untried, [])
})
