import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TensorColumn } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import tfIdf from '../../src/transforms/tf-idf.js'
import { text } from './sklearn.js'

interface Case {
  readonly name: string
  readonly options: Record<string, unknown>
  readonly terms: number
  readonly training: readonly Readonly<Record<string, number>>[]
  readonly later: readonly Readonly<Record<string, number>>[]
}
/** See test/fixtures/sklearn/tf-idf.py. */
const golden: { texts: string[]; later: string[]; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/sklearn/tf-idf.json', import.meta.url), 'utf8'),
)
const partNames = ['words', 'characters']

type State = ReturnType<typeof tfIdf.fit>

const fitted = (given: object, ...texts: (string | null)[]) => {
  const options = parse(tfIdf.options, given)
  const state = tfIdf.fit([text('t', ...texts)], options)
  const apply = (...later: (string | null)[]) =>
    tfIdf.apply([text('t', ...later)], state, options)[0] as TensorColumn
  return { state, apply }
}

/** By row: the weight of each term. */
function bagsOf({ values, shape }: TensorColumn, [state]: State): Record<string, number>[] {
  const length = shape[1] as number
  const { parts = [] } = state ?? {}
  const names = parts.flatMap(({ terms }, part) =>
    terms.map((term) => (parts.length > 1 ? `${partNames[part]}__${term}` : term)),
  )
  return Array.from({ length: values.length / (2 * length) }, (_, row) => {
    const block = values.subarray(row * 2 * length, (row + 1) * 2 * length)
    const places = Array.from({ length }, (_, at) => at).filter((at) => block[length + at] !== 0)
    return Object.fromEntries(
      places.map((at) => [names[block[at] as number] as string, block[length + at] as number]),
    )
  })
}

for (const { name, options, terms, training, later } of golden.cases) {
  test(`tf-idf has scikit-learn’s terms and weights: ${name}`, () => {
    const { state, apply } = fitted(options, ...golden.texts)
    assert.equal(apply().tokens, terms)
    for (const [texts, expected] of [
      [golden.texts, training],
      [golden.later, later],
    ] as const) {
      const bags = bagsOf(apply(...texts), state)
      for (const [row, bag] of bags.entries()) {
        const wanted = expected[row] as Record<string, number>
        assert.deepEqual(Object.keys(bag).sort(), Object.keys(wanted).sort(), texts[row])
        for (const [term, weight] of Object.entries(bag)) {
          assert.ok(
            Math.abs(weight - (wanted[term] as number)) < 1e-7 * Math.max(1, weight),
            `${texts[row]}: ${term}`,
          )
        }
      }
    }
  })
}

test('tf-idf gives empty bags for missing, empty and unknown texts', () => {
  const { apply } = fitted({}, 'good film', 'good plot')
  assert.deepEqual(apply(null, '', 'something else').values, new Float32Array(3 * 2))
})

test('tf-idf keeps the terms with the largest weights of a text that is longer than any row may be', () => {
  const { state, apply } = fitted(
    { maxWords: 1, length: 2, minRows: 1 },
    'common rare',
    'common',
    'common other',
  )
  assert.deepEqual(apply().shape, [2, 2])
  assert.deepEqual(Object.keys(bagsOf(apply('common rare other'), state)[0] ?? {}), ['other', 'rare'])
})

test('tf-idf is as long as its longest training text needs, and no longer', () => {
  const { apply } = fitted({ maxWords: 1, minRows: 2 }, 'one two three', 'one two', 'four')
  assert.deepEqual([apply().shape, apply().tokens], [[2, 2], 2])
})

test('tf-idf of texts that share no term says so, and still answers', () => {
  const { state, apply } = fitted({}, 'one', 'two', '')
  assert.match(tfIdf.warnings(['t'], state)[0]?.detail ?? '', /no term of t stands in as many training rows/)
  assert.deepEqual([apply('one').tokens, apply('one').values], [1, new Float32Array(2)])
})

test('tf-idf refuses sizes of n-grams that leave none, by their names', () => {
  const fit = (given: object) => () => fitted(given, 'a text')
  assert.throws(fit({ minWords: 3 }), /options\.maxWords: expected at least 3, .* received 2/)
  assert.throws(fit({ analyzer: 'char', minCharacters: 6 }), /options\.maxCharacters/)
})

test('tf-idf reads a text of a megabyte in linear time', () => {
  const { apply } = fitted({ analyzer: 'word-and-char-wb', minRows: 1 }, 'a short text of some words')
  const started = process.cpuUsage()
  apply('some words and '.repeat(70_000))
  const { user, system } = process.cpuUsage(started)
  assert.ok(user + system < 10e6)
})
