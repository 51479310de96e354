import assert from 'node:assert/strict'
import test from 'node:test'
import { forgettingByClass } from '../../src/online/forgetting.js'
import { type Answers, judge } from '../../src/online/gate.js'
import { drawReplay } from '../../src/online/replay.js'

/** Answers of two classes: "1" where a version is right. */
function answers(champion: string, challenger: string): Answers {
  const outputs = (marks: string) =>
    Float64Array.from([...marks].flatMap((mark) => (mark === '1' ? [0.2, 0.8] : [0.8, 0.2])))
  return {
    yTrue: new Float64Array(champion.length).fill(1),
    champion: outputs(champion),
    challenger: outputs(challenger),
  }
}
const ones = (count: number) => '1'.repeat(count)
const zeros = (count: number) => '0'.repeat(count)
const none = answers('', '')
const classify = (holdout: Answers, newLabels: Answers) =>
  judge({ kind: 'classification', units: 2, holdout, newLabels })
const better = answers('0011', '0111')

test('b = 10 against c = 2 on the holdout is worse with p = 0.0193, and is rejected with the numbers', () => {
  const holdout = answers(`${ones(10)}00${ones(88)}`, `${zeros(10)}11${ones(88)}`)
  const verdict = classify(holdout, better)
  assert.equal(verdict.decision, 'rejected')
  assert.match(verdict.reason, /^worse on the holdout: 90 right against 98 right, p = 0\.0193/)
  assert.equal(verdict.holdout.onlyChampionRight, 10)
  assert.equal(verdict.holdout.onlyChallengerRight, 2)
  assert.deepEqual(verdict.holdout.challenger, { right: 90, accuracy: 0.9 })
})

test('a loss on the holdout that chance explains, with more right answers to new labels, is promoted', () => {
  const holdout = answers('11110', '00001')
  const verdict = classify(holdout, better)
  assert.equal(verdict.decision, 'promoted')
  assert.ok(verdict.holdout.pValue > 0.05)
  assert.deepEqual(verdict.newLabels.champion, { right: 2, accuracy: 0.5 })
})

test('as many right answers to new labels are not better', () => {
  assert.match(classify(answers('11', '11'), answers('01', '10')).reason, /^not better on new labels/)
})

test('no rows are no pass', () => {
  assert.equal(classify(none, better).decision, 'rejected')
  assert.equal(classify(answers('1', '1'), none).decision, 'rejected')
})

const regression = (holdout: [number, number][], newLabels: [number, number][]) => {
  const errors = (pairs: [number, number][]): Answers => ({
    yTrue: new Float64Array(pairs.length),
    champion: Float64Array.from(pairs, ([champion]) => champion),
    challenger: Float64Array.from(pairs, ([, challenger]) => challenger),
  })
  return judge({ kind: 'regression', units: 1, holdout: errors(holdout), newLabels: errors(newLabels) })
}

test('regression compares squared errors, in pairs', () => {
  const steady = Array.from({ length: 20 }, (_, row): [number, number] => [1, 1 + (row % 2) / 100 - 0.005])
  assert.equal(regression(steady, [[2, 1]]).decision, 'promoted')
  assert.equal(regression(steady, [[1, 1]]).decision, 'rejected')
  const worse = steady.map(([champion, challenger]): [number, number] => [champion, challenger + 0.1])
  assert.match(regression(worse, [[2, 1]]).reason, /^worse on the holdout: RMSE/)
})

test('answers that are not finite never pass', () => {
  assert.equal(regression([[1, 1]], [[1, Number.NaN]]).decision, 'rejected')
  const broken = { ...better, challenger: new Float64Array(8).fill(Number.NaN) }
  assert.equal(classify(answers('11', '11'), broken).decision, 'rejected')
})

test('replay gives each class the same share and repeats small classes', () => {
  const strata = Float64Array.of(0, 0, 0, 0, 0, 0, 1, 1)
  const rows = Int32Array.from(strata, (_, row) => row)
  const drawn = drawReplay({ rows, strata, count: 12, seed: 3 })
  assert.deepEqual(drawn, drawReplay({ rows, strata, count: 12, seed: 3 }))
  assert.equal(drawn.filter((row) => strata[row] === 1).length, 6)
  assert.equal(new Set(drawn.filter((row) => strata[row] === 0)).size, 6)
  assert.equal(drawReplay({ rows: new Int32Array(0), strata, count: 5, seed: 1 }).length, 0)
})

test('what each class lost is told', () => {
  assert.deepEqual(forgettingByClass(answers('1110', '0110'), ['a', 'b']), [
    { label: 'b', rows: 4, championRecall: 0.75, challengerRecall: 0.5 },
  ])
})
