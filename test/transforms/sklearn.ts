import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Column, NumericColumn, TextColumn } from '../../src/contracts/table.js'

/** What scikit-learn makes of columns: see test/fixtures/sklearn/transforms.py. Null is a missing value. */
export const golden = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/sklearn/transforms.json', import.meta.url), 'utf8'),
)

export type Numbers = readonly (number | null)[]

export const numeric = (name: string, ...values: Numbers): NumericColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
})

export function text(name: string, ...values: readonly (string | null)[]): TextColumn {
  const dictionary = [...new Set(values.filter((value) => value !== null))]
  const codes = Int32Array.from(values, (value) => (value === null ? -1 : dictionary.indexOf(value)))
  return { kind: 'text', name, codes, dictionary }
}

export const valuesOf = (columns: readonly Column[]): Record<string, number[]> =>
  Object.fromEntries(columns.map((column) => [column.name, [...(column as NumericColumn).values]]))

export const firstValues = (columns: readonly Column[]): number[] => [...(columns[0] as NumericColumn).values]

/** Equal to 1e-9, relative above 1. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: Numbers,
  message = '',
  tolerance = 1e-9,
): void {
  assert.equal(actual.length, expected.length, message)
  for (let at = 0; at < expected.length; at++) {
    const [got, wanted] = [actual[at] as number, expected[at] ?? Number.NaN]
    if (Number.isNaN(wanted) && Number.isNaN(got)) continue
    const difference = Math.abs(got - wanted) / Math.max(1, Math.abs(wanted))
    assert.ok(difference <= tolerance, `${message} [${at}]: ${got}, not ${wanted}`)
  }
}
