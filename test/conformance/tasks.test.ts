import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatasetColumn } from '../../src/contracts/dataset.js'
import { discover } from '../../src/contracts/discovery.js'
import type { Family } from '../../src/contracts/family.js'
import type { ScalarColumn } from '../../src/contracts/table.js'
import type { Task } from '../../src/contracts/task.js'
import { loadMetrics } from '../../src/evaluation/catalogue.js'
import { evaluate, inOwnUnit } from '../../src/evaluation/evaluate.js'

const tasks = await discover<Task>(new URL('../../src/tasks/', import.meta.url))
const families = await discover<Family>(new URL('../../src/models/', import.meta.url))
const metrics = await loadMetrics()
const ROWS = 24

interface Target {
  readonly column: DatasetColumn
  readonly values: ScalarColumn
}

const texts = (name: string, ...dictionary: string[]): Target => ({
  column: { name, type: 'category', missing: 1, distinct: dictionary.length },
  values: {
    kind: 'text',
    name,
    codes: Int32Array.from({ length: ROWS }, (_, row) => (row === 5 ? -1 : row % dictionary.length)),
    dictionary,
  },
})
const numbers = (type: 'integer' | 'number' | 'boolean', value: (row: number) => number): Target => {
  const values = Float64Array.from({ length: ROWS }, (_, row) => (row === 5 ? Number.NaN : value(row)))
  const distinct = new Set(values.filter((v) => !Number.isNaN(v))).size
  return {
    column: { name: type, type, missing: 1, distinct },
    values: { kind: 'numeric', name: type, values },
  }
}
const targets = [
  texts('words', 'no', '__proto__', '007'),
  numbers('integer', (row) => row % 3),
  numbers('boolean', (row) => row % 2),
  numbers('number', (row) => Math.sin(row) * 1e6),
]

/** Outputs [rows, units] that are right with certainty. */
function perfectOutputs(encoded: Float64Array, units: number, scale?: { multiply: number; add: number }) {
  if (units === 1) return inOwnUnit(encoded, scale)
  const outputs = new Float64Array(encoded.length * units)
  encoded.forEach((index, row) => {
    outputs[row * units + index] = 1
  })
  return outputs
}

for (const task of tasks.values()) {
  const learnable = targets.filter(({ column }) => task.refuses(column) === null)

  test(`${task.name} names metrics that exist, of its kind`, () => {
    assert.ok(learnable.length > 0 && task.metrics.length > 0)
    for (const name of task.metrics) assert.equal(metrics.get(name)?.kind, task.kind)
  })

  test(`${task.name} has a usual family, which is for it`, () => {
    assert.ok(families.get(task.family)?.tasks.includes(task.name), task.family)
  })

  test(`${task.name} refuses a target with one value or none, in words that name it`, () => {
    for (const { column } of learnable) {
      assert.match(task.refuses({ ...column, distinct: 1 }) ?? '', new RegExp(column.name))
      assert.match(task.refuses({ ...column, distinct: 0 }) ?? '', new RegExp(column.name))
    }
  })

  for (const { column, values } of learnable) {
    const known = Int32Array.from({ length: ROWS }, (_, row) => row).filter((row) => row !== 5)
    const state = JSON.parse(JSON.stringify(task.fit({ column, all: values, trainingRows: known })))
    const encoded = task.encode(values, state)
    const target = Float64Array.from(known, (row) => encoded[row] as number)
    const { units, scale } = task.head(state)

    test(`${task.name} gives back ${column.type} ${column.name} as it stands in the data, after JSON`, () => {
      assert.ok(Number.isNaN(encoded[5]), 'a missing target')
      const answers = task.decode(perfectOutputs(target, units, scale), state)
      for (const [at, row] of known.entries()) {
        const answer = answers[at] as { label?: unknown; value?: number; probabilities?: object }
        const expected = original(column, values, row)
        if ('value' in answer) assert.ok(Math.abs((answer.value as number) - (expected as number)) < 1e-6)
        else {
          assert.strictEqual(answer.label, expected)
          assert.deepEqual(
            Object.keys(answer.probabilities ?? {}).sort(),
            task.classes(state).map(String).sort(),
          )
        }
      }
    })

    test(`${task.name} reads feedback on ${column.type} ${column.name} given as text`, () => {
      const dictionary = [...known].map((row) => String(original(column, values, row)))
      const codes = Int32Array.from(dictionary, (_, at) => at)
      const read = task.encode({ kind: 'text', name: column.name, codes, dictionary }, state)
      assert.deepEqual(read, target)
      const wrong = {
        kind: 'text',
        name: column.name,
        codes: Int32Array.of(0, 1),
        dictionary: ['', 'neither'],
      } as const
      assert.ok(task.encode(wrong, state).every(Number.isNaN))
    })

    test(`${task.name} scores a perfect model of ${column.type} ${column.name} best, a constant one as trivial`, () => {
      const yTrue = inOwnUnit(target, scale)
      const score = (outputs: Float64Array) =>
        evaluate({
          task,
          state,
          metrics,
          scored: { yTrue, outputs },
          known: { targets: yTrue, of: 'these rows' },
        })
      const perfect = score(perfectOutputs(target, units, scale))
      const first = task.metrics[0] as string
      assert.equal(
        metrics.get(first)?.direction === 'maximise'
          ? perfect.metrics[first]
          : 1 - (perfect.metrics[first] ?? 1),
        1,
      )
      const constant = score(perfectOutputs(new Float64Array(known.length), units, scale))
      assert.ok(Number.isFinite(constant.metrics[first]))
      for (const [name, value] of Object.entries(perfect.metrics)) {
        assert.ok(value === null || Number.isFinite(value))
        assert.ok(value !== null || perfect.undefinedMetrics[name])
        assert.ok(name in perfect.baseline.metrics)
      }
    })

    test(`${task.name} scores no rows of ${column.type} ${column.name} as undefined`, () => {
      const none = new Float64Array(0)
      const empty = evaluate({
        task,
        state,
        metrics,
        scored: { yTrue: none, outputs: none },
        known: { targets: target, of: 'these rows' },
      })
      assert.ok(Object.values(empty.metrics).every((value) => value === null))
      const said = task.metrics.filter((name) => (metrics.get(name)?.minClasses ?? 0) <= units)
      assert.deepEqual(Object.keys(empty.undefinedMetrics), said)
      assert.deepEqual(task.decode(none, state), [])
    })
  }
}

function original({ type }: DatasetColumn, values: ScalarColumn, row: number): unknown {
  if (values.kind === 'text') return values.dictionary[values.codes[row] as number]
  return type === 'boolean' ? values.values[row] === 1 : values.values[row]
}
