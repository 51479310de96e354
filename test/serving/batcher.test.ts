import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlywheelError } from '../../src/contracts/errors.js'
import { Batcher } from '../../src/serving/predictor/batcher.js'
import { PredictRequest } from '../../src/serving/predictor/request.js'
import { noFiles, noTexts } from '../../src/serving/row-batch.js'
import { answeredLines } from '../support/answered-lines.js'

const request = (marks: readonly number[], timeoutMs = Number.POSITIVE_INFINITY) =>
  new PredictRequest(
    { rows: marks.length, numbers: Float64Array.from(marks), ...noTexts, ...noFiles },
    { timeoutMs },
  )
const marksFrom = (first: number, count: number) => Array.from({ length: count }, (_, row) => first + row)
const poison = -1
const unanswerable = -2
const isCode = (code: string) => (error: unknown) => error instanceof FlywheelError && error.code === code

/** Answers each row with its own number; keeps the runs, and tells of each as it begins. */
function marking(onRun: (runs: number) => void = () => {}) {
  const runs: number[][] = []
  const firstRows: number[] = []
  const batcher = new Batcher({
    executor: { name: 'onnx', reason: '' },
    dispose() {},
    async answer(batches, firstRow = 0) {
      const marks = batches.flatMap(({ numbers }) => [...numbers])
      firstRows.push(firstRow)
      onRun(runs.push(marks))
      if (marks.includes(poison)) throw new FlywheelError('instances-invalid', 'a row can not be read')
      return {
        ...answeredLines(marks.map(String)),
        check({ start, end, firstRow }) {
          const row = marks.slice(start, end).indexOf(unanswerable)
          if (row >= 0) throw new FlywheelError('instances-invalid', `row ${firstRow + row} has no answer`)
        },
        outputs: (start, end) => ({
          outputs: Float64Array.from(marks.slice(start, end)),
          classes: Int32Array.from(marks.slice(start, end)),
        }),
      }
    },
  })
  return { batcher, runs, firstRows }
}

test('a request of many rows is answered in parts, in order, and those that come meanwhile are not behind all of it', async () => {
  const answered: string[] = []
  let small: Promise<unknown> = Promise.resolve()
  const { batcher, runs } = marking((run) => {
    if (run === 1) small = batcher.add(request([9_999])).then(() => answered.push('small'))
  })
  const large = await batcher.add(request(marksFrom(0, 8_000)))
  answered.push('large')
  await small
  assert.deepEqual(answered, ['small', 'large'])
  assert.deepEqual(large.lines, marksFrom(0, 8_000).map(String))
  assert.deepEqual([...large.outputs.outputs], marksFrom(0, 8_000))
  assert.deepEqual([...(large.outputs.classes ?? [])], marksFrom(0, 8_000))
  assert.equal(large.rows, 8_000)
  const sizes = runs.map(({ length }) => length)
  assert.ok(Math.max(...sizes) <= 2_049 && sizes.length > 4, `${sizes}`)
  assert.equal(large.times.batchRows, Math.max(...sizes))
})

test('a request that is cancelled or whose time is over is computed no further', async () => {
  const large = request(marksFrom(0, 8_000))
  const { batcher, runs } = marking((run) => {
    if (run === 2) large.cancel()
  })
  await assert.rejects(batcher.add(large), isCode('request-cancelled'))
  assert.deepEqual((await batcher.add(request([1]))).lines, ['1'])
  assert.equal(runs.length, 3)

  const late = marking((run) => {
    if (run > 1) return
    const until = performance.now() + 20
    while (performance.now() < until);
  })
  await assert.rejects(late.batcher.add(request(marksFrom(0, 8_000), 10)), isCode('deadline-exceeded'))
  assert.equal(late.runs.length, 1)
})

test('of 32 requests one that can not be read costs a few runs more, and fails alone', async () => {
  const { batcher, runs } = marking()
  const answers = await Promise.allSettled(
    marksFrom(0, 32).map((mark) => batcher.add(request([mark === 20 ? poison : mark]))),
  )
  const failed = answers.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
  assert.deepEqual(failed, [20])
  assert.ok(runs.length <= 1 + 2 * Math.log2(32), `${runs.length} runs`)
})

test('a row without an answer costs no run, and its place in the request is named', async () => {
  const { batcher, runs, firstRows } = marking()
  const marks = marksFrom(0, 200).map((mark) => (mark === 150 ? unanswerable : mark))
  const [fine, refused] = await Promise.allSettled([
    batcher.add(request([7])),
    batcher.add(request([8, unanswerable])),
  ])
  assert.equal(fine.status, 'fulfilled')
  assert.ok(refused.status === 'rejected')
  assert.match(String(refused.reason), /row 1 has no answer/)
  assert.equal(runs.length, 1)
  await assert.rejects(marking().batcher.add(request(marks)), /row 150 has no answer/)
  await batcher.add(request(marksFrom(0, 8_000)))
  assert.ok((firstRows.at(-1) as number) > 0)
})
