import assert from 'node:assert/strict'
import test from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { eq, sql } from 'drizzle-orm'
import { predictionBlocks } from '../../src/registry/database/schema.js'
import { findBlocks, insertBlock, pruneBlocks } from '../../src/registry/prediction-blocks.js'
import { openBlock } from '../../src/serving/kept/block.js'
import { type BlockStore, defaultKeepPolicy, PredictionKeeper } from '../../src/serving/kept/keeper.js'
import { TokenBucket } from '../../src/serving/kept/token-bucket.js'
import { instanceReader } from '../../src/serving/read-instances.js'
import { encodeRows } from '../../src/serving/row-batch.js'
import { testDatabase } from '../support/database.js'

const { db } = await testDatabase()
const reader = instanceReader({
  inputs: [
    { name: 'number', type: 'number' },
    { name: 'text', type: 'text' },
  ],
  ignored: [],
  target: 'y',
  classes: [],
})
const answerer = { model: 'digits', version: 3, sha256: 'ab'.repeat(32), layout: reader.layout }
const store: BlockStore = { insert: (block) => insertBlock(db, block), find: (ids) => findBlocks(db, ids) }
const answered = (rows: number, policy = defaultKeepPolicy) => ({
  rows: reader.read(
    Array.from({ length: rows }, (_, row) => ({ number: row, text: row % 2 ? `t${row}` : null })),
  ),
  lines: Array.from({ length: rows }, (_, row) => `{"label":${row}}`),
  policy,
})
const keeperOn = (options: { store?: BlockStore; maxBytes?: number } = {}) =>
  new PredictionKeeper({ store, onError: () => {}, ...options })

test('kept predictions are found by id, before and after they are written', async () => {
  const keeper = keeperOn()
  const ids = keeper.keep(answerer, answered(2_500)) as string[]
  assert.equal(new Set(ids).size, 2_500)
  const wanted = [0, 999, 1_000, 2_499].map((row) => ids[row] as string)
  const check = async () => {
    const found = await keeper.find([...wanted, 'nothing.1', `${wanted[0]}0`, 'x'])
    assert.equal(found.size, 4)
    for (const [index, row] of [0, 999, 1_000, 2_499].entries()) {
      const prediction = found.get(wanted[index] as string)
      assert.deepEqual(prediction?.features, { number: row, text: row % 2 ? `t${row}` : null })
      assert.deepEqual(prediction?.answer, { label: row })
      assert.equal(prediction?.version, 3)
    }
  }
  await check()
  await keeper.flush()
  assert.equal(keeper.counts.waitingBytes, 0)
  await check()
})

test('rows of many requests wait in as little memory as their numbers need', async () => {
  const keeper = keeperOn()
  const names = Array.from({ length: 100 }, (_, column) => `c${column}`)
  const wide = instanceReader({
    inputs: names.map((name) => ({ name, type: 'number' })),
    ignored: [],
    target: 'y',
    classes: [],
  })
  const ids = Array.from({ length: 300 }, (_, request) => {
    const rows = wide.read([0, 1].map((row) => Object.fromEntries(names.map((name) => [name, row]))))
    const own = { rows, lines: [`${request}`, 'null'], policy: defaultKeepPolicy }
    return keeper.keep({ ...answerer, layout: wide.layout }, own) as string[]
  })
  assert.ok(keeper.counts.waitingBytes < 300 * 250, `${keeper.counts.waitingBytes} bytes`)
  const found = await keeper.find(ids.flat())
  assert.equal(found.size, 600)
  const [first, second] = (ids[299] as string[]).map((id) => found.get(id))
  assert.deepEqual([first?.features.c99, first?.answer, second?.features.c99], [0, 299, 1])
})

test('blocks from before, whose rows stand in one part, are read', async () => {
  const { rows, lines } = answered(3)
  const bytes = encodeRows(rows)
  const header = Buffer.from(JSON.stringify({ ...answerer, rowBytes: bytes.length, times: [1, 2, 3] }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const at = await openBlock(
    deflateRawSync(Buffer.concat([length, header, bytes, Buffer.from(lines.join('\n'))])),
  )
  assert.deepEqual([at(1)?.features, at(2)?.answer, at(3)], [{ number: 1, text: 't1' }, { label: 2 }, null])
})

test('every byte of a block is stored, wherever it lies in memory', async () => {
  const block = Buffer.from(Array.from({ length: 300 }, (_, at) => at % 256)).subarray(7)
  await insertBlock(db, { id: 'bytes', model: 'bytes', version: 1, isShadow: false, rows: 1, block })
  assert.deepEqual((await findBlocks(db, ['bytes']))[0]?.block, block)
})

test('the database does not compress blocks once more', async () => {
  const block = Buffer.alloc(10_000)
  await insertBlock(db, { id: 'plain', model: 'plain', version: 1, isShadow: false, rows: 1, block })
  const [stored] = await db
    .select({ bytes: sql<number>`pg_column_size(${predictionBlocks.block})` })
    .from(predictionBlocks)
    .where(eq(predictionBlocks.id, 'plain'))
  assert.equal(stored?.bytes, block.length)
})

test('rows beyond the rate are answered without an id', () => {
  const keeper = keeperOn()
  const ids = keeper.keep(answerer, answered(50, { ...defaultKeepPolicy, perSecond: 2 }))
  assert.equal(ids.filter((id) => id !== null).length, 20)
  assert.equal(keeper.counts.overRate, 30)
})

test('a bucket fills again with time, up to its burst', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 20, now: 0 })
  assert.deepEqual([bucket.take(50, 0), bucket.take(50, 500), bucket.take(50, 60_000)], [20, 5, 20])
})

test('while the store is down, rows wait in bounded memory and are found; then they are written', async () => {
  let isDown = true
  const insert: BlockStore['insert'] = async (block) => {
    if (isDown) throw new Error('down')
    await store.insert(block)
  }
  const keeper = keeperOn({ store: { ...store, insert }, maxBytes: 20_000 })
  const kept = keeper.keep(answerer, answered(500))
  const dropped = keeper.keep(answerer, answered(500))
  assert.ok(kept.every((id) => id !== null))
  assert.ok(dropped.every((id) => id === null))
  assert.equal(keeper.counts.overMemory, 500)
  const flushed = keeper.flush()
  assert.equal((await keeper.find([kept[7] as string])).size, 1)
  isDown = false
  await flushed
  assert.equal((await findBlocks(db, [kept[7]?.split('.')[0] as string])).length, 1)
})

test('old blocks go, and then the oldest until the rest fits', async () => {
  for (const id of ['one', 'two', 'three']) {
    const version = { model: 'small', version: 1, isShadow: false }
    await insertBlock(db, { id, ...version, rows: 1, block: Buffer.alloc(100) })
  }
  const future = new Date(Date.now() + 60_000)
  const past = new Date(0)
  assert.equal(await pruneBlocks(db, { model: 'small', before: past, maxBytes: 250 }), 1)
  assert.deepEqual((await findBlocks(db, ['one', 'two', 'three'])).map((block) => block.id).sort(), [
    'three',
    'two',
  ])
  assert.equal(await pruneBlocks(db, { model: 'small', before: future, maxBytes: 250 }), 2)
})
