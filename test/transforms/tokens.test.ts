import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorColumn } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import cleanText from '../../src/transforms/clean-text.js'
import nGrams from '../../src/transforms/n-grams.js'
import { countTerms } from '../../src/transforms/texts/count-terms.js'
import tokenise from '../../src/transforms/tokenise.js'
import { text } from './sklearn.js'

function tokens(training: (string | null)[], given: object = {}, later = training) {
  const options = parse(tokenise.options, given)
  const state = tokenise.fit([text('t', ...training)], options)
  const column = tokenise.apply([text('t', ...later)], state, options)[0] as TensorColumn
  const length = column.shape[0] as number
  const rows = later.map((_, row) => [...column.values.subarray(row * length, (row + 1) * length)])
  return { state, column, rows }
}

test('tokenise gives words and marks their ids by the alphabet, fills up before and knows unknown ones', () => {
  const { column, rows } = tokens(['Good film!', "it's good"], { minCount: 1 }, [
    'a good film',
    null,
    "!it's",
  ])
  // ! film good it's
  assert.deepEqual([column.rowKind, column.tokens, column.shape], ['tokens', 6, [3]])
  assert.deepEqual(rows, [
    [1, 4, 3],
    [0, 0, 0],
    [0, 2, 5],
  ])
})

test('tokenise keeps the beginning or the end of longer texts, and fills up on either side', () => {
  const training = ['a b c d', 'a']
  assert.deepEqual(tokens(training, { minCount: 1, length: 2 }).rows, [
    [2, 3],
    [0, 2],
  ])
  const after = { minCount: 1, length: 2, keep: 'end', padding: 'after' }
  assert.deepEqual(tokens(training, after).rows, [
    [4, 5],
    [2, 0],
  ])
})

test('tokenise leaves rare words unknown, keeps the most frequent ones and says how many are not known', () => {
  const { state, column } = tokens(['a a a b b c', 'd'], { maxTokens: 1 })
  assert.equal(column.tokens, 3)
  assert.match(tokenise.warnings(['t'], state)[0]?.detail ?? '', /4 of the 7 tokens of t .* \(57 %\)/)
  assert.deepEqual(tokenise.warnings(['t'], tokens(['a a', 'a']).state), [])
})

test('tokenise takes characters, surrogate pairs as one', () => {
  assert.deepEqual(tokens(['a😀', '😀'], { level: 'char', minCount: 1 }).rows, [
    [2, 3],
    [0, 3],
  ])
})

test('n-grams counts terms by hashed buckets, and leaves out those of too few training rows', () => {
  const options = parse(nGrams.options, { maxWords: 2 })
  const state = nGrams.fit([text('t', 'good film', 'good film good', 'other words')], options)
  const apply = (value: string) => nGrams.apply([text('t', value)], state, options)[0] as TensorColumn
  const column = apply('good good film film unknown')
  // good, film, "good film" in some order
  assert.deepEqual([column.rowKind, column.tokens, column.shape], ['bag', 3, [2, 3]])
  assert.deepEqual([...column.values.subarray(0, 3)], [0, 1, 2])
  assert.deepEqual([...column.values.subarray(3)].sort(), [1, 2, 2])
  const binary = { ...options, weights: 'binary' as const }
  const [once] = nGrams.apply([text('t', 'good good film')], state, binary) as [TensorColumn]
  assert.deepEqual([...once.values.subarray(3)], [1, 1, 1])
})

test('terms that would not fit into memory are forgotten, the rarest first', () => {
  const column = text('t', 'a b c', 'a b d', 'a e f', 'a g h')
  const { counts } = countTerms(column, (value) => value.split(' '), 4)
  assert.ok(counts.size <= 4)
  assert.deepEqual(counts.get('a'), { rows: 4, times: 4 })
})

const cleaned = (value: string | null, given: object = {}) => {
  const [column] = cleanText.apply([text('t', value)], null, parse(cleanText.options, given))
  const code = column?.codes[0] ?? -1
  return code < 0 ? null : column?.dictionary[code]
}

test('clean-text takes HTML away, makes addresses words and letters plain', () => {
  assert.equal(cleaned('<p class="x">Caf&#233; &amp; <b>BAR</b></p>'), 'café & bar')
  assert.equal(
    cleaned('see https://example.org/a?b=c or www.x.de, me@example.org!'),
    'see url or url email !',
  )
  assert.equal(cleaned('ﬁne ① Ｆｕｌｌ'), 'fine 1 full')
  assert.equal(cleaned('2 < 3 and 5 > 4 &nope; &#0; &#9999999;'), '2 < 3 and 5 > 4 &nope; &#0; &#9999999;')
})

test('clean-text does what its options say', () => {
  assert.equal(cleaned('Naïve façade', { accents: 'remove', lowercase: false }), 'Naive facade')
  assert.equal(cleaned('a,b -- c! 12€', { punctuation: 'remove', digits: 'remove' }), 'a b c')
  assert.equal(cleaned('in 1984', { digits: 'zero' }), 'in 0000')
  assert.equal(cleaned('<b>x</b> http://a.b', { html: 'keep', urls: 'keep' }), '<b>x</b> http://a.b')
  assert.equal(cleaned('go to http://a.b now', { urls: 'remove' }), 'go to now')
})

test('clean-text leaves empty texts empty and missing ones missing, and takes control characters away', () => {
  assert.deepEqual([cleaned(''), cleaned(null), cleaned('<br/>')], ['', null, ''])
  assert.equal(cleaned('a\u0000b\u200bc\n\td'), 'abc d')
})

test('no text keeps clean-text busy: what its patterns look for takes no longer where it is repeated', () => {
  for (const part of ['<', '<a', '&', '&#', 'a', 'a.', 'www.', 'http://', '@', 'a@a.', '\u0301', ' ']) {
    // Quadratic time would be minutes for a megabyte; the bound is on the processor's time, which load leaves alone.
    const started = process.cpuUsage()
    cleaned(part.repeat(2 ** 20 / part.length))
    const { user, system } = process.cpuUsage(started)
    assert.ok(user + system < 10e6, part)
  }
})
