import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startApp } from './testing.js'

const csv = `city,age,weight,buys
Bonn,20,12 kg,yes
Ulm,,500 g,no
Bonn,40,heavy,yes
,50,3 kg,no
Ulm,60,4 kg,no
Rom,1000,5 kg,
`

describe('POST /v1/transforms/preview', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp())
    await app.inject({
      method: 'POST',
      url: '/v1/datasets?name=shop',
      headers: { 'content-type': 'text/csv' },
      payload: csv,
    })
  })
  after(() => stop())

  const preview = async (transforms: unknown, rest: object = {}) => {
    const payload = { dataset: 'shop', transforms, ...rest }
    const answer = await app.inject({ method: 'POST', url: '/v1/transforms/preview', payload })
    return { status: answer.statusCode, ...answer.json() }
  }
  const impute = { name: 'impute', columns: 'age', options: { strategy: 'mean', indicator: true } }

  it('shows rows before and after, by column', async () => {
    const shown = await preview([impute], { rows: 2 })
    assert.equal(shown.dataset, 'shop@1')
    assert.deepEqual(shown.before, [
      { city: 'Bonn', age: 20, weight: '12 kg', buys: 'yes' },
      { city: 'Ulm', age: null, weight: '500 g', buys: 'no' },
    ])
    assert.deepEqual(shown.after, [
      { city: 'Bonn', age: 20, 'age:missing': 0, weight: '12 kg', buys: 'yes' },
      { city: 'Ulm', age: 234, 'age:missing': 1, weight: '500 g', buys: 'no' },
    ])
    assert.deepEqual([shown.rowsFitted, shown.timesLearnt], [6, [1, 1]])
  })

  it('says which rows steps leave out or repeat, and what could not be read', async () => {
    const steps = [
      { name: 'drop-outliers', columns: 'age', options: { method: 'range', maximum: 100 } },
      { name: 'parse-units', columns: 'weight' },
    ]
    const shown = await preview(steps)
    assert.deepEqual(shown.timesLearnt, [1, 1, 1, 1, 1, 0])
    assert.deepEqual(
      shown.after.map(({ weight }: { weight: number | null }) => weight),
      [12, 0.5, null, 3, 4, 5],
    )
    assert.deepEqual([shown.rowChanges[0].dropped, shown.rowChanges[0].step], [1, 'transforms[0]'])
    assert.equal(shown.warnings[0].code, 'units-unread')
  })

  it('knows the target, which is no feature; rows without one are not fitted on', async () => {
    const shown = await preview([{ name: 'target-encode', columns: 'city' }], { target: 'buys' })
    assert.equal(shown.rowsFitted, 5)
    assert.deepEqual(Object.keys(shown.after[0]), ['city:target', 'age', 'weight'])
    assert.ok(shown.after[0]['city:target'] > shown.after[1]['city:target'])
  })

  it('is fitted on the first rows alone', async () => {
    assert.equal((await preview([impute], { fitRows: 3 })).after[1].age, 30)
  })

  it('takes a saved chain, and the default steps', async () => {
    await app.inject({ method: 'PUT', url: '/v1/chains/filled', payload: { transforms: [impute] } })
    assert.deepEqual((await preview({ chain: 'filled@1' })).transforms, [impute])
    const usual = await preview(undefined, { target: 'buys' })
    assert.ok('age:missing' in usual.after[0])
  })

  it('names the step that can not be done, and a target that is needed', async () => {
    const gappy = await preview([impute, { name: 'scale', columns: 'city' }])
    assert.deepEqual([gappy.status, gappy.errors[0].path], [422, 'transforms[1].columns'])
    const unfit = await preview([{ name: 'pca', columns: 'age' }])
    assert.match(unfit.detail, /^transforms\[0\] \(pca\): columns: expected columns without missing values/)
    assert.equal(unfit.errors[0].path, 'transforms[0].columns')
    const untargeted = await preview([{ name: 'target-encode', columns: 'city' }])
    assert.match(
      untargeted.detail,
      /target: expected the column to learn, which transforms\[0\] \(target-encode\)/,
    )
    assert.equal((await preview([impute], { dataset: 'nothing' })).status, 404)
  })

  it('shows what every transform of the catalogue makes of single values, with its defaults', async () => {
    const { data } = (await app.inject({ url: '/v1/transforms' })).json()
    const columnsFor: Record<string, string[]> = {
      numeric: ['age'],
      text: ['city', 'weight'],
      any: ['age', 'city'],
      every: ['age', 'city'],
    }
    let shown = 0
    for (const { name, accepts } of data as { name: string; accepts: string }[]) {
      const columns = name === 'impute' ? ['age'] : columnsFor[accepts]
      if (columns === undefined) continue
      const filled = name === 'pca' ? [{ name: 'impute', columns }] : []
      const answer = await preview([...filled, { name, columns }], { target: 'buys' })
      assert.equal(answer.status, 200, `${name}: ${answer.detail}`)
      assert.equal(answer.after.length, 6, name)
      assert.ok(Object.keys(answer.transforms.at(-1)).includes('options'))
      shown++
    }
    assert.ok(shown >= 20, `${shown} transforms`)
  })

  it('says what rows would count in the loss', async () => {
    const balance = { name: 'balance', columns: '*', options: { method: 'weights' } }
    const shown = await preview([balance], { target: 'buys', rows: 6 })
    const [no, yes] = [5 / (2 * 3), 5 / (2 * 2)]
    assert.deepEqual(shown.weights, [yes, no, yes, no, no, 0])
    assert.equal((await preview([impute])).weights, null)
  })

  it('the catalogue says of each transform whether it changes rows', async () => {
    const { data } = (await app.inject({ url: '/v1/transforms' })).json()
    const changing = data.filter(({ changesRows }: { changesRows: boolean }) => changesRows)
    assert.deepEqual(
      changing.map(({ name }: { name: string }) => name),
      ['balance', 'deduplicate', 'drop-missing', 'drop-outliers'],
    )
  })
})
