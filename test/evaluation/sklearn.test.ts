import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { loadMetrics } from '../../src/evaluation/catalogue.js'

/** As test/fixtures/sklearn/metrics.py writes them. */
interface Case {
  readonly kind: 'classification' | 'regression'
  readonly units: number
  readonly yTrue: readonly number[]
  readonly outputs: readonly number[]
  readonly weights: readonly number[] | null
  readonly expected: Readonly<Record<string, number | null>>
}

const path = new URL('../../../test/fixtures/sklearn/metrics.json', import.meta.url)
const cases = JSON.parse(await readFile(path, 'utf8')) as Case[]
const metrics = await loadMetrics()
const tolerance = 1e-9

for (const metric of metrics.values()) {
  test(`${metric.name} is scikit-learn's on random rows with ties, weights and absent classes`, () => {
    let defined = 0
    for (const [at, { kind, units, yTrue, outputs, weights, expected }] of cases.entries()) {
      if (kind !== metric.kind) continue
      assert.ok(metric.name in expected, `the fixtures have no ${metric.name}`)
      const { value, reason } = metric.compute({
        yTrue: Float64Array.from(yTrue),
        outputs: Float64Array.from(outputs),
        units,
        ...(weights === null ? {} : { weights: Float64Array.from(weights) }),
      })
      const wanted = expected[metric.name] as number | null
      if (wanted === null) assert.ok(value === null && reason, `case ${at}: ${value} is not undefined`)
      else {
        const distance = Math.abs((value ?? Number.NaN) - wanted) / Math.max(1, Math.abs(wanted))
        assert.ok(distance <= tolerance, `case ${at}: ${value} is not ${wanted}`)
        defined++
      }
    }
    assert.ok(defined >= 5, 'too few cases say anything')
  })

  test(`${metric.name} is undefined where no row has a weight`, () => {
    const units = metric.kind === 'classification' ? (metric.minClasses ?? 2) : 1
    const outputs = new Float64Array(2 * units).fill(1 / units)
    const none = { yTrue: Float64Array.of(0, 1), outputs, units, weights: new Float64Array(2) }
    assert.equal(metric.compute(none).value, null)
    assert.ok(metric.compute(none).reason)
  })
}
