import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FlywheelError } from '../../src/contracts/errors.js'
import { startPredictor } from '../../src/serving/client/predictor-client.js'
import { instanceReader } from '../../src/serving/read-instances.js'

const entry = fileURLToPath(new URL('./marking-predictor.js', import.meta.url))
const reader = instanceReader({
  inputs: [{ name: 'mark', type: 'number' }],
  ignored: [],
  target: 'y',
  classes: [],
})
const rows = (...marks: number[]) => reader.read(marks.map((mark) => ({ mark })))
const first = 'aa'.repeat(32)
const second = 'bb'.repeat(32)

async function started(
  t: TestContext,
  limits: { timeoutMs?: number; maxRequests?: number; memoryBytes?: number } = {},
) {
  const silent = { debug() {}, info: () => {}, warn: () => {}, error: () => {} }
  const predictor = await startPredictor({
    entry,
    options: { artifactsFolder: '/nowhere', tensorflowFolder: '/nowhere', device: 'cpu' },
    memoryBytes: 2 ** 33,
    log: silent,
    ...limits,
  })
  t.after(() => predictor.close())
  const marks = async (sha256: string, ...asked: number[]) =>
    (await predictor.predict(sha256, rows(...asked))).lines.map((line) => JSON.parse(line))
  return { predictor, marks }
}
const isCode = (code: string) => (error: unknown) => error instanceof FlywheelError && error.code === code

test('1,000 requests at once get their own answers, in batches', async (t) => {
  const { predictor, marks } = await started(t)
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, index) => marks(index % 2 ? first : second, index, index + 0.5)),
  )
  for (const [index, answer] of answers.entries()) {
    const of = index % 2 ? 'aa' : 'bb'
    assert.deepEqual(answer, [
      { mark: index, of, pid: predictor.pid },
      { mark: index + 0.5, of, pid: predictor.pid },
    ])
  }
  const isBatched = async (): Promise<boolean> => {
    const together = Array.from({ length: 200 }, (_, mark) => predictor.predict(first, rows(mark)))
    return (await Promise.all(together)).some((answer) => answer.batchRows > 1)
  }
  // A predictor that is faster than our writing answers one by one, and rightly so.
  let rounds = 0
  while (!(await isBatched())) assert.ok(rounds++ < 100)
})

test('a predictor that is killed under load is started again, and no answer is lost', async (t) => {
  const { predictor, marks } = await started(t)
  await marks(first, 0)
  const pid = predictor.pid as number
  // Stopped first: killed at once, it may have answered all before its end is seen.
  process.kill(pid, 'SIGSTOP')
  const underway = Promise.all(Array.from({ length: 200 }, (_, index) => marks(first, index)))
  process.kill(pid, 'SIGKILL')
  const answers = await underway
  assert.deepEqual(
    answers.map(([answer]) => answer.mark),
    Array.from({ length: 200 }, (_, index) => index),
  )
  assert.notEqual(predictor.pid, pid)
  assert.equal(predictor.restarts, 1)
})

test('while the predictor restarts, new requests are told when to come again', async (t) => {
  const { predictor, marks } = await started(t)
  await marks(first, 0)
  const deadly = predictor.predict(first, rows(-1))
  process.kill(predictor.pid as number, 'SIGKILL')
  while (predictor.state === 'ready') await new Promise(setImmediate)
  await assert.rejects(
    predictor.predict(first, rows(1)),
    (error: unknown) =>
      isCode('predictor-unavailable')(error) && (error as FlywheelError).retryAfterSeconds === 1,
  )
  await assert.rejects(deadly, isCode('predictor-unavailable'), 'it is not tried on a third process')
})

test('requests that fail say why, and leave the others alone', async (t) => {
  const { predictor, marks } = await started(t, { timeoutMs: 5_000 })
  const [fine, refused, damaged] = await Promise.allSettled([
    marks(first, 4),
    predictor.predict(first, rows(-3)),
    predictor.predict('ff'.repeat(32), rows(1)),
  ])
  assert.equal(fine.status, 'fulfilled')
  assert.ok(refused.status === 'rejected' && isCode('instances-invalid')(refused.reason))
  assert.ok(damaged.status === 'rejected' && isCode('artifact-damaged')(damaged.reason))
})

test('an answer that does not come is given up, and too many that wait are refused', async (t) => {
  const { predictor } = await started(t, { timeoutMs: 400, maxRequests: 2 })
  const waiting = [predictor.predict(first, rows(-2)), predictor.predict(first, rows(-2))]
  await assert.rejects(predictor.predict(first, rows(1)), isCode('overloaded'))
  for (const request of waiting) await assert.rejects(request, isCode('predictor-unavailable'))
  assert.equal(predictor.waiting, 0)
})

test('closing ends the process and refuses what comes later', async (t) => {
  const { predictor, marks } = await started(t)
  await marks(first, 0)
  const pid = predictor.pid as number
  await predictor.close()
  assert.throws(() => process.kill(pid, 0))
  await assert.rejects(predictor.predict(first, rows(1)), isCode('predictor-unavailable'))
})

test('a predictor that needs more memory than its limit is started again', async (t) => {
  const { predictor, marks } = await started(t, { memoryBytes: 2 ** 20 })
  assert.deepEqual(await marks(first, 1), [{ mark: 1, of: 'aa', pid: predictor.pid }])
  while (predictor.restarts === 0) await new Promise(setImmediate)
  assert.match(predictor.cause ?? '', /^it used \d+ bytes of memory, more than 1048576$/)
})
