import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { Column, Table } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import { MISSING_WORDS } from '../../src/datasets/cell-grammar.js'
import { copyRows } from '../../src/datasets/select-rows.js'
import { preprocessFiles, preprocessPath } from '../../src/jobs/export/preprocess/preprocess-files.js'
import type { Described, Instance } from '../../src/jobs/export/preprocess/preprocessor.js'
import { runExport } from '../../src/jobs/export/run.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { inputOf, RowWriter } from '../../src/serving/row-writer.js'
import { prepareChain } from '../../src/transforms/chain/apply-chain.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { fitChain } from '../../src/transforms/chain/fit-chain.js'
import { filled, randomContext, randomNumbers, randomTable } from '../conformance/transform-samples.js'
import { fromRows } from '../support/csv-table.js'
import { askPlainly, unpack } from '../support/plain-tfjs.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { runContext, trainOn } from '../support/train.js'
import { asFeedback, openVersion } from '../support/update.js'

const folder = await temporaryFolder()
const transforms = await loadTransforms()
const served = [...transforms.values()].filter(
  ({ accepts, trainingRows }) =>
    trainingRows === undefined && ['numeric', 'text', 'any', 'every'].includes(accepts),
)

type Preprocessor = (described: Described) => (instances: readonly Instance[]) => Promise<Float32Array>

/** The archive's own code for these transforms, from files of their own. */
async function written(names: readonly string[]) {
  const made = preprocessFiles(names)
  assert.ok('files' in made)
  for (const { name, bytes } of made.files) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
  const entry = await import(pathToFileURL(join(folder, preprocessPath)).href)
  return { files: made.files, preprocessor: entry.preprocessor as Preprocessor }
}
const { files, preprocessor } = await written(served.map(({ name }) => name))

/** A random table, and the same as a client sends it. */
function sample(rows: number, seed: number) {
  const random = randomNumbers(seed)
  const context = randomContext(rows, 2, random)
  const drawn = randomTable(rows, { random, isLater: false }).columns
  const columns = drawn.filter(({ kind }) => kind === 'numeric' || kind === 'text')
  const table: Table = { rows, columns: columns.map((column) => filled(asRead(column))) }
  const inputs = table.columns.map(({ name, kind }) => ({ name, type: kind === 'text' ? 'text' : 'number' }))
  return { table, inputs, context }
}

const asRead = (column: Column): Column => {
  if (column.kind !== 'text') return column
  const dictionary = column.dictionary.map((text) => text.trim())
  return { ...column, dictionary, codes: column.codes.map((code) => (dictionary[code] ? code : -1)) }
}

const instancesOf = ({ rows, columns }: Table) =>
  Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      columns.map((column) => {
        if (column.kind === 'text')
          return [column.name, column.dictionary[column.codes[row] as number] ?? null]
        const value = (column as { values: Float64Array }).values[row] as number
        return [column.name, Number.isNaN(value) ? null : value]
      }),
    ),
  )

test('the code in an export needs no package and nothing of Node', () => {
  let size = 0
  for (const { name, bytes } of files) {
    const found = /\bnode:|\brequire\(|\bprocess\.\w|\bBuffer\.\w|^import .* from '[^.]/m.exec(
      String(Buffer.from(bytes)),
    )
    assert.equal(found, null, name)
    size += bytes.length
  }
  assert.ok(size < 400_000, `${size} bytes`)
})

for (const { name, accepts } of served) {
  test(`the code in an export makes of ${name} the numbers that a version is served`, async () => {
    let tried = 0
    for (let seed = 1; seed <= 6; seed++) {
      const { table, inputs, context } = sample(25, seed * 31)
      const kinds = accepts === 'any' || accepts === 'every' ? ['numeric', 'text'] : [accepts]
      // What makes blocks of tokens stands alone.
      const alone = accepts === 'text' && seed % 2 === 0
      const used = alone ? { ...table, columns: table.columns.filter(({ kind }) => kind === 'text') } : table
      const taken = used.columns.filter(
        ({ kind }) => kinds.includes(kind) && !(name === 'impute' && kind === 'text'),
      )
      const step = (given: string, columns: readonly { name: string }[]) => {
        const transform = transforms.get(given) ?? assert.fail(given)
        const options = parse(transform.options, {})
        return { transform, columns: columns.map((column) => column.name), options }
      }
      const chain = async (...names: readonly (readonly [string, string])[]) =>
        fitChain(used, {
          ...context,
          steps: [step(name, taken), ...names.map(([given, columns]) => ({ ...step(given, []), columns }))],
        }).catch((error: unknown) => {
          if (error instanceof FlywheelError) return null
          throw error
        })
      const fitted =
        (await chain(['one-hot', 'city'], ['impute', '*'])) ??
        (await chain(['impute', '*'])) ??
        (await chain(['one-hot', '*'])) ??
        (await chain())
      if (fitted === null) continue
      tried++
      const expected = await prepareChain(fitted, transforms)(used)
      const described = JSON.parse(JSON.stringify({ ...fitted, inputs, missing: [] }))
      const numbers = await preprocessor({
        ...described,
        inputs: inputs.filter((each) => used.columns.some((column) => column.name === each.name)),
      })(instancesOf(used))
      assert.deepEqual(Buffer.from(numbers.buffer), Buffer.from(expected.buffer))
    }
    assert.ok(tried > 0)
  })
}

test('instances that do not fit are refused by place', async () => {
  const { table, inputs, context } = sample(10, 3)
  const steps = [
    {
      transform: transforms.get('impute') ?? assert.fail(),
      columns: '*',
      options: { strategy: 'mode', indicator: false },
    },
    {
      transform: transforms.get('one-hot') ?? assert.fail(),
      columns: 'city',
      options: { maxCategories: 9, minRows: 1 },
    },
  ]
  const chain = await fitChain(table, { ...context, steps })
  const ask = preprocessor({ ...chain, inputs, missing: ['?'] })
  const [instance = {}] = instancesOf(table)
  await assert.rejects(async () => ask([instance, { ...instance, amount: '7' }]), {
    message: 'instances[1].amount: expected a finite number or null, received 7',
  })
  const { city: _, ...without } = instance
  await assert.rejects(async () => ask([without]), {
    message: /instances\[0\]\.city: expected a text or null/,
  })
  const [asked, empty] = [await ask([{ ...instance, city: ' ? ' }]), await ask([{ ...instance, city: null }])]
  assert.deepEqual(asked, empty)
})

test('dates, vectors, lists, identifiers and booleans are taken as predict takes them', async () => {
  const ordinal = (column: string, ...categories: string[]) => ({
    name: 'ordinal',
    columns: [column],
    options: { unseen: -1, missing: -2 },
    state: { categories: [categories] },
  })
  const ask = preprocessor({
    inputs: [
      { name: 'day', type: 'date' },
      { name: 'place', type: 'vector', length: 2 },
      { name: 'tags', type: 'list' },
      { name: 'id', type: 'identifier' },
      { name: 'new', type: 'boolean' },
    ],
    missing: ['?'],
    transforms: [ordinal('tags', '["a","b"]', 'a|b'), ordinal('id', '7', 'x')],
    networkColumns: ['day', 'place', 'tags', 'id', 'new'],
  })
  const row = { day: '1970-01-01T00:00:01Z', place: [1, 2], tags: ['a', 'b'], id: 7, new: true }
  const other = { day: 5, place: [3, 4], tags: 'a|b', id: 'x', new: 0 }
  assert.deepEqual([...(await ask([row, other]))], [1000, 1, 2, 0, 0, 1, 5, 3, 4, 1, 1, 0])
  for (const [name, value] of Object.entries({ day: 'soon', place: [1], tags: [1], id: true, new: 2 })) {
    const wrong = { ...row, [name]: value }
    await assert.rejects(
      async () => ask([wrong]),
      (error: Error) => error.message.includes(`instances[0].${name}`),
    )
  }
})

test('a date is missing, taken or refused as predict does it', async () => {
  const ask = preprocessor({
    inputs: [{ name: 'day', type: 'date' }],
    missing: [...MISSING_WORDS],
    transforms: [
      {
        name: 'impute',
        columns: ['day'],
        options: { strategy: 'constant', value: -1, indicator: false },
        state: { fill: [-1], indicator: [false] },
      },
    ],
    networkColumns: ['day'],
  })
  const input = inputOf({ name: 'day', type: 'date' })
  const missing = [null, '', ' \t', 'NA', ' null ', '-']
  const days = ['2024-05-31', ' 2024-05-31 12:30 ', '1970-01-01T00:00:01+01:00', 86_400_000]
  const wrong = ['2024', '2024-05', '2024-02-30', 'soon', true, undefined]
  for (const day of [...missing, ...days, ...wrong]) {
    const writer = new RowWriter(new Float64Array(1))
    const isTaken = writer.write(input, day) === null
    const [number = Number.NaN] = writer.numbers
    const expected = isTaken ? Math.fround(Number.isNaN(number) ? -1 : number) : null
    const answered = await (async () => ask([{ day }]))().then(
      ([value]) => value,
      () => null,
    )
    assert.equal(answered, expected, JSON.stringify(day))
  }
})

test('plain TensorFlow.js and the archive’s own code answer as the version does, whatever its transforms', async () => {
  const artifacts = await openArtifactStore(join(folder, 'store'))
  const data = fromRows(
    'sales',
    ['day', 'shop', 'size', 'bought'],
    Array.from({ length: 120 }, (_, row) => [
      new Date(Date.UTC(2024, row % 12, 1 + (row % 28))).toISOString().slice(0, 10),
      `shop ${row % 9}`,
      row % 10 ? String(((row * 37) % 80) - 20) : '',
      row % 3 ? 'yes' : 'no',
    ]),
  )
  const transformsOf = [
    { name: 'balance', columns: '*' },
    { name: 'date-parts', columns: 'day', options: { parts: ['month', 'weekday'] } },
    { name: 'target-encode', columns: 'shop' },
    { name: 'power', columns: 'size' },
    { name: 'bin', columns: 'size', options: { bins: 4 } },
    { name: 'impute', columns: '*' },
    { name: 'pca', columns: 'day:*', options: { components: 2 } },
  ]
  const { output } = await trainOn(
    data,
    { target: 'bought', transforms: transformsOf, training: { epochs: 2, seed: 1 } },
    { artifacts },
  )
  const sha256 = output.version?.sha256 ?? assert.fail()
  const specification = { type: 'export', model: 'sales@1', format: 'tfjs', archive: 'zip' } as const
  const { context } = runContext(artifacts, 'export-sales')
  const { result } = await runExport(
    { jobId: 'export-sales', type: 'export', specification, blobs: { manifest: sha256 } },
    context,
  )
  const unpacked = join(folder, 'unpacked')
  unpack(unpacked, { archive: 'zip', bytes: await artifacts.read(String(result.sha256)) })
  const rows = Int32Array.from({ length: 20 }, (_, row) => row)
  const instances = asFeedback(data.table, { rows, target: 'bought' }).map(({ features }) => features)
  const expected = await (await openVersion(output, artifacts)).answer(copyRows(data.table, rows))
  const { outputs } = askPlainly(unpacked, instances)
  for (const [at, value] of outputs.flat().entries()) {
    assert.ok(Math.abs(value - (expected[at] as number)) < 1e-5, `${at}: ${value}, ${expected[at]}`)
  }
})

test('a transform that needs a package leaves no code in an export, and its README says who has to do it', async () => {
  const image = [...transforms.values()].find(({ accepts }) => accepts === 'bytes')
  if (image === undefined) return
  const made = preprocessFiles(['impute', image.name])
  assert.deepEqual('notPortable' in made ? made.notPortable : [], [image.name])
})
