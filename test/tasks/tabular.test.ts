import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatasetColumn } from '../../src/contracts/dataset.js'
import type { ScalarColumn } from '../../src/contracts/table.js'
import { chooseTask } from '../../src/tasks/tabular/choose-task.js'
import classification from '../../src/tasks/tabular-classification.js'
import regression from '../../src/tasks/tabular-regression.js'

const column = (type: DatasetColumn['type'], distinct: number): DatasetColumn => ({
  name: 'y',
  type,
  missing: 0,
  distinct,
})
const text = (...values: string[]): ScalarColumn => {
  const dictionary = [...new Set(values)]
  return {
    kind: 'text',
    name: 'y',
    codes: Int32Array.from(values, (value) => dictionary.indexOf(value)),
    dictionary,
  }
}
const none = new Int32Array(0)

test('the task follows from the target, with the rule in words', () => {
  const cases = [
    [column('category', 3), 100, 'tabular-classification', /category/],
    [column('boolean', 2), 100, 'tabular-classification', /boolean/],
    [column('integer', 10), 50, 'tabular-classification', /10 different integers/],
    [column('integer', 10), 49, 'tabular-regression', /fewer than 5 rows/],
    [column('integer', 21), 1e6, 'tabular-regression', /more than 20/],
    [{ ...column('integer', 3), rarestRows: 4 }, 1000, 'tabular-regression', /fewer than 5 rows/],
    [column('number', 3), 100, 'tabular-regression', /fractions/],
  ] as const
  for (const [target, rows, task, reason] of cases) {
    const chosen = chooseTask(target, { rows, text: null })
    assert.equal(chosen.task, task)
    assert.match(chosen.reason, reason)
  }
})

test('spellings that differ in case, outer spaces or a final full stop are one class, in the most frequent form', () => {
  const target = text('Yes', 'yes', 'yes', ' YES. ', 'no', 'No.', 'no')
  const state = classification.fit({ column: column('category', 5), all: target, trainingRows: none })
  assert.deepEqual(classification.classes(state), ['no', 'yes'])
  assert.deepEqual([...classification.encode(target, state)], [1, 1, 1, 1, 0, 0, 0])
  assert.deepEqual(state.merged, [
    { label: 'No.', into: 'no', rows: 1 },
    { label: ' YES. ', into: 'yes', rows: 1 },
    { label: 'Yes', into: 'yes', rows: 1 },
  ])
})

test('text labels that look like numbers stay text, and are not merged as numbers', () => {
  const target = text('007', '7', '7.0')
  const state = classification.fit({ column: column('category', 3), all: target, trainingRows: none })
  assert.deepEqual(classification.classes(state), ['007', '7', '7.0'])
  assert.ok(Number.isNaN(classification.encode(text('07'), state)[0]))
})

test('a target that merges into one class is refused', () => {
  const target = text('yes', 'Yes')
  const fit = () => classification.fit({ column: column('category', 2), all: target, trainingRows: none })
  assert.throws(fit, { code: 'specification-invalid', message: /y has one class, "Yes"/ })
  assert.match(classification.refuses(column('text', 1001)) ?? '', /1001 different values/)
  assert.equal(classification.refuses(column('text', 1000)), null)
})

test('regression takes numbers alone', () => {
  assert.match(regression.refuses(column('category', 5)) ?? '', /not numeric/)
  assert.match(regression.refuses(column('boolean', 2)) ?? '', /not numeric/)
  assert.equal(regression.refuses(column('integer', 5)), null)
})

test('a regression target is standardised over the training rows and given back in its own unit', () => {
  const all: ScalarColumn = { kind: 'numeric', name: 'y', values: Float64Array.of(10, 20, 1e6) }
  const state = regression.fit({ column: column('number', 3), all, trainingRows: Int32Array.of(0, 1) })
  assert.deepEqual(regression.head(state).scale, { multiply: 5, add: 15 })
  assert.deepEqual([...regression.encode(all, state)].slice(0, 2), [-1, 1])
})
