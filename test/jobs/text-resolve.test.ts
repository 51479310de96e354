import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DatasetColumn, DatasetSnapshot } from '../../src/contracts/dataset.js'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import train from '../../src/jobs/train.js'
import { registryOf } from '../support/train.js'

const column = (
  name: string,
  type: DatasetColumn['type'],
  distinct: number,
  meanBytes?: number,
): DatasetColumn => ({
  name,
  type,
  distinct,
  missing: 0,
  ...(meanBytes === undefined ? {} : { meanBytes }),
})
const text = column('text', 'text', 990, 115)
const label = column('label', 'category', 2)

const resolve = (columns: readonly DatasetColumn[], extra: Partial<TrainRequest> = {}) => {
  const snapshot: DatasetSnapshot = { name: 'd', version: 1, rows: 1000, columns: [...columns], parts: [] }
  const request: TrainRequest = { type: 'train', model: 'm', dataset: 'd', target: 'label', ...extra }
  return train.resolve(request, registryOf({ snapshot }))
}
const stepsOf = ({ transforms }: { transforms: readonly { name: string; columns: unknown }[] }) =>
  transforms.map(({ name, columns }) => [name, columns])

test('a text alone is classified by a linear model on weighted terms, words and characters of short ones', async () => {
  const { specification, plan } = await resolve([text, label])
  assert.deepEqual([specification.task, specification.family], ['text-classification', 'linear'])
  assert.deepEqual(stepsOf(specification), [['tf-idf', ['text']]])
  assert.equal(specification.transforms[0]?.options.analyzer, 'word-and-char-wb')
  assert.match(plan.reasons.task ?? '', /label is category: .*, told by the text text/)
  assert.deepEqual(plan.warnings, [])
  assert.ok((plan.parameters ?? 0) > 10_000 && (plan.parameters ?? 0) < 1_000_000, `${plan.parameters}`)
})

test('long texts are told apart by their words', async () => {
  const { specification } = await resolve([{ ...text, meanBytes: 2000 }, label])
  assert.equal(specification.transforms[0]?.options.analyzer, 'word')
})

test('what looks like an identifier beside prose is left out, with a warning', async () => {
  const others = [column('file', 'text', 1000, 12), column('row', 'integer', 1000)]
  const { specification, plan } = await resolve([text, label, ...others])
  assert.deepEqual([specification.task, specification.features], ['text-classification', ['text']])
  assert.deepEqual(
    plan.warnings.map(({ code, detail }) => [code, /file, row/.test(detail)]),
    [['identifier', true]],
  )
})

test('a text among other columns, short texts among identifiers and two texts are a table', async () => {
  for (const others of [
    [text, column('age', 'number', 60)],
    [column('word', 'text', 1000, 9), column('row', 'integer', 1000)],
    [text, column('title', 'text', 990, 60)],
  ]) {
    const { specification } = await resolve([...others, label])
    assert.equal(specification.task, 'tabular-classification')
  }
})

test('short texts that are the only feature are classified as text', async () => {
  const { specification } = await resolve(
    [column('word', 'text', 900, 9), column('row', 'integer', 1000), label],
    {
      features: ['word'],
    },
  )
  assert.equal(specification.task, 'text-classification')
})

test('a family over tokens gets tokens, one over plain rows a table', async () => {
  const lstm = (await resolve([text, label], { family: 'lstm' })).specification
  assert.deepEqual([lstm.task, stepsOf(lstm)], ['text-classification', [['tokenise', ['text']]]])
  const mlp = (await resolve([text, label], { family: 'mlp' })).specification
  assert.deepEqual([mlp.task, stepsOf(mlp)], ['tabular-classification', [['one-hot', ['text']]]])
})

test('text-classification without one text to learn from is refused by name, unless the job brings its own steps', async () => {
  const columns = [column('age', 'number', 60), column('kind', 'category', 5), label]
  const task = 'text-classification'
  await assert.rejects(resolve(columns, { task }), /features: expected one column of text .*"age, kind"/)
  const transforms = [{ name: 'one-hot', columns: 'kind' }]
  const { specification } = await resolve(columns, { task, features: ['kind'], transforms })
  assert.equal(specification.family, 'linear')
})

test('bags and tokens go only to families that take them', async () => {
  const transforms = [{ name: 'tf-idf', columns: 'text' }]
  await assert.rejects(
    resolve([text, label], { transforms, family: 'lstm' }),
    /bag rows; lstm takes series, tokens/,
  )
  await assert.rejects(
    resolve([text, column('age', 'number', 60), label], { transforms, family: 'linear' }),
    /no column beside text, which is the whole input/,
  )
})

test('numbers are learnt from a text where the job names the steps', async () => {
  const stars = column('stars', 'number', 50)
  const transforms = [{ name: 'tf-idf', columns: 'text' }]
  const { specification } = await resolve([text, stars], { target: 'stars', family: 'linear', transforms })
  assert.deepEqual([specification.task, specification.family], ['tabular-regression', 'linear'])
})
