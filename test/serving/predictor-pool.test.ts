import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startPredictors } from '../../src/serving/client/predictor-pool.js'
import { instanceReader } from '../../src/serving/read-instances.js'

const reader = instanceReader({
  inputs: [{ name: 'mark', type: 'number' }],
  ignored: [],
  target: 'y',
  classes: [],
})
const version = 'aa'.repeat(32)
const pool = await startPredictors(
  {
    entry: fileURLToPath(new URL('./marking-predictor.js', import.meta.url)),
    options: { artifactsFolder: '/nowhere', tensorflowFolder: '/nowhere', device: 'cpu' },
    memoryBytes: 2 ** 33,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  },
  { count: 3 },
)
test.after(() => pool.close())
const ask = async (mark: number): Promise<{ mark: number; pid: number }> =>
  JSON.parse((await pool.predict(version, reader.read([{ mark }]))).lines[0] as string)
const loadedIn = () =>
  pool.statuses.filter(({ loaded }) => loaded.some(({ sha256 }) => sha256 === version)).length

test('a version is loaded into all of them, and they share its requests', async () => {
  const { executor } = await pool.load(version)
  assert.deepEqual(executor, { name: 'onnx', reason: 'it marks' })
  while (loadedIn() < 3) await new Promise(setImmediate)
  const answers = await Promise.all(Array.from({ length: 300 }, (_, mark) => ask(mark)))
  assert.deepEqual(
    answers.map(({ mark }) => mark),
    Array.from({ length: 300 }, (_, mark) => mark),
  )
  assert.deepEqual(new Set(answers.map(({ pid }) => pid)), new Set(pool.pids))
})

test('while one restarts the others answer, and then it does too', async () => {
  const [killed] = pool.pids
  process.kill(killed as number, 'SIGKILL')
  while (pool.restarts === 0) assert.ok((await ask(1)).pid)
  for (let mark = 0; mark < 50; mark++) assert.notEqual((await ask(mark)).pid, killed)
  await pool.load(version)
  while (loadedIn() < 3) await new Promise(setImmediate)
  const pids = new Set(
    (await Promise.all(Array.from({ length: 30 }, (_, mark) => ask(mark)))).map(({ pid }) => pid),
  )
  assert.equal(pids.size, 3)
})
