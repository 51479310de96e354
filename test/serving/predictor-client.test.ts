import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FlywheelError } from '../../src/contracts/errors.js'
import { startPredictor } from '../../src/serving/client/predictor-client.js'
import { ServiceRate } from '../../src/serving/client/service-rate.js'
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
  limits: { timeoutMs?: number; maxRequests?: number; memoryBytes?: number; hangMs?: number } = {},
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
/** A request that takes 300 ms, whose batch has begun. */
async function underway(marks: (sha256: string, mark: number) => Promise<{ pid: number }[]>) {
  const answer = marks(first, -4)
  // Of another version: it has come after, and is answered.
  await marks(second, 0)
  return { answer }
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
    return (await Promise.all(together)).some((answer) => answer.times.batchRows > 1)
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

test('an answer that no frame holds is a failure, and the process goes on', async (t) => {
  const { predictor, marks } = await started(t)
  const { pid } = predictor
  await assert.rejects(marks(first, -6), isCode('body-too-large'))
  assert.equal((await marks(first, 1))[0].pid, pid)
  assert.equal(predictor.restarts, 0)
})

test('an answer that does not come is given up, and too many that wait are refused', async (t) => {
  const { predictor } = await started(t, { timeoutMs: 400, maxRequests: 2 })
  const waiting = [predictor.predict(first, rows(-2)), predictor.predict(first, rows(-2))]
  await assert.rejects(predictor.predict(first, rows(1)), isCode('overloaded'))
  for (const request of waiting) await assert.rejects(request, isCode('deadline-exceeded'))
  assert.equal(predictor.waiting, 0)
})

test('a request that is cancelled frees its place at once, and is not computed', async (t) => {
  const { predictor, marks } = await started(t, { maxRequests: 2 })
  const { pid } = (await marks(first, 0))[0]
  const slow = await underway(marks)
  const controller = new AbortController()
  const { signal } = controller
  const deadly = predictor.predict(first, rows(-1), { signal })
  await assert.rejects(predictor.predict(first, rows(1)), isCode('overloaded'))
  controller.abort()
  await assert.rejects(deadly, isCode('request-cancelled'))
  assert.equal(predictor.waiting, 1)
  const next = marks(first, 7)
  assert.equal((await slow.answer)[0]?.pid, pid)
  assert.deepEqual(await next, [{ mark: 7, of: 'aa', pid }])
  await assert.rejects(predictor.predict(first, rows(1), { signal }), isCode('request-cancelled'))
})

test('a request whose own time is over is told so, and is not computed later', async (t) => {
  const { predictor, marks } = await started(t)
  const { pid } = (await marks(first, 0))[0]
  const slow = await underway(marks)
  await assert.rejects(predictor.predict(first, rows(-1), { timeoutMs: 50 }), isCode('deadline-exceeded'))
  assert.equal((await slow.answer)[0]?.pid, pid)
  assert.deepEqual(await marks(first, 8), [{ mark: 8, of: 'aa', pid }])
})

test('what would wait for longer than it may is refused within 50 ms, and told when to come again', async (t) => {
  const { predictor, marks } = await started(t, { maxRequests: 100 })
  await marks(first, 0)
  process.kill(predictor.pid as number, 'SIGSTOP')
  const waiting = Array.from({ length: 100 }, (_, mark) => marks(first, mark))
  const took: number[] = []
  for (let round = 0; round < 5; round++) {
    const startedAt = performance.now()
    await assert.rejects(
      predictor.predict(first, rows(1)),
      (error: unknown) => isCode('overloaded')(error) && (error as FlywheelError).retryAfterSeconds === 1,
    )
    took.push(performance.now() - startedAt)
  }
  assert.ok(Math.min(...took) < 50, `${took} ms`)
  process.kill(predictor.pid as number, 'SIGCONT')
  assert.equal((await Promise.all(waiting)).length, 100)
})

test('the wait that is expected follows from how fast answers come while requests wait', () => {
  const rate = new ServiceRate()
  for (let answer = 0; answer < 1_000; answer++) rate.answered({ at: answer * 3, waiting: 500 })
  assert.ok(Math.abs(rate.expectedMs(500) - 1_500) < 1)
  assert.equal(rate.expectedMs(10), 0)
  const idle = new ServiceRate()
  for (let answer = 0; answer < 1_000; answer++) idle.answered({ at: answer * 3, waiting: 0 })
  assert.equal(idle.expectedMs(500), 0, 'pauses between single requests are none of the service’s time')
})

test('a process that hangs is started again, and what it had not answered is asked once more', async (t) => {
  const { predictor, marks } = await started(t, { hangMs: 2_000 })
  await marks(first, 0)
  const pid = predictor.pid as number
  process.kill(pid, 'SIGSTOP')
  assert.equal((await marks(first, 5))[0].mark, 5)
  assert.match(predictor.cause ?? '', /^silent for \d+ s$/)
  assert.notEqual(predictor.pid, pid)
})

test('a process whose batch does not end is started again', async (t) => {
  const { predictor, marks } = await started(t, { hangMs: 2_500, timeoutMs: 20_000 })
  await assert.rejects(predictor.predict(first, rows(-2)), isCode('predictor-unavailable'))
  assert.match(predictor.cause ?? '', /^a batch has been running for \d+ ms$/)
  while (predictor.state !== 'ready') await new Promise(setImmediate)
  assert.equal((await marks(first, 5))[0].mark, 5)
})

test('a request of many rows is no batch that does not end', async (t) => {
  const { predictor, marks } = await started(t, { hangMs: 2_000 })
  const { pid } = (await marks(first, 0))[0]
  const [answer, during] = await Promise.all([marks(first, ...Array(320).fill(-5)), marks(first, 6)])
  assert.equal(answer.length, 320)
  assert.equal(during[0].pid, pid)
  assert.equal(predictor.restarts, 0)
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
