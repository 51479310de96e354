import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { grey, zipOf } from '../datasets/images/archives.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

let app: FastifyInstance
let stop: () => Promise<void>
before(async () => {
  const started = await startApp()
  app = started.app
  stop = started.stop
})
after(() => stop())

const { send, upload, get } = datasetRequests(() => app)
const difference = async (name: string, version: number, query = '') => {
  const { status, body } = await get(`/v1/datasets/${name}/versions/${version}/difference${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const rowsOf = (count: number, row: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => row(n)).join('\n')

describe('the difference of two versions', () => {
  before(async () => {
    const kinds = ['chair', 'table', 'shelf']
    await upload('shop', `kind,price,note,old\n${rowsOf(600, (n) => `${kinds[n % 3]},${n % 50},,${n}`)}\n`)
    const now = (n: number) =>
      `${n % 9},${n % 4 ? kinds[n % 2] : 'lamp'},${(n % 50) + 30.5},${n % 2 ? 'x' : ''}`
    await upload('shop', `city,kind,price,note\n${rowsOf(500, now)}\n`)
  })

  test('names columns, types, values and what lies elsewhere', async () => {
    const { from, to, rows, columns, changes, summary } = await difference('shop', 2)
    assert.deepEqual([from, to], [1, 2])
    assert.deepEqual(rows, { before: 600, after: 500, added: 500, removed: 600, isEstimate: false })
    assert.deepEqual(columns, {
      added: ['city'],
      removed: ['old'],
      types: [
        { column: 'price', before: 'integer', after: 'number' },
        { column: 'note', before: 'text', after: 'category' },
      ],
    })
    const codes = changes.map(({ column, code }: { column: string; code: string }) => `${column} ${code}`)
    assert.deepEqual(codes, [
      'kind new-values',
      'kind values-gone',
      'kind shares',
      'price distribution',
      'note missing',
    ])
    assert.match(changes[2].detail, /"lamp" went from 0 % to 25 %/)
    assert.match(changes[3].detail, /^The median went from 24\.5 to 55, the middle half from 12 … 37 to /)
    assert.match(changes[4].detail, /^Missing values went from 100 % to 50 %$/)
    assert.equal(summary[0], 'Rows added: 500, removed: 600; 600 became 500')
    assert.ok(summary.includes('price is number now, integer before'))
  })

  test('can be asked for in the other direction, and from the first version', async () => {
    const { rows, columns } = await difference('shop', 1, '?from=2')
    assert.deepEqual([rows.added, rows.removed, columns.added], [600, 500, ['old']])
    const first = await difference('shop', 1)
    assert.deepEqual([first.from, first.rows.added, first.columns.added.length], [null, 600, 4])
    assert.equal((await get('/v1/datasets/shop/versions/9/difference')).status, 404)
    assert.equal((await get('/v1/datasets/shop/versions/2/difference?from=0')).status, 400)
  })

  test('counts rows that stand twice, whatever their order and that of the columns', async () => {
    await upload('order', 'a,b\n1,x\n2,y\n2,y\n3,\n')
    await upload('order', 'b,a\ny,2\n,3\nx,1\nx,1\n')
    const { rows, changes } = await difference('order', 2)
    assert.deepEqual([rows.added, rows.removed, changes], [1, 1, []])
    await upload('order', 'b,a\nx,1\nx,1\ny,2\n,3\n')
    const { summary } = await difference('order', 3)
    assert.deepEqual(summary, ['The 4 rows are the same'])
  })

  test('counts rows whose vector, list or image is another one', async () => {
    const rows = [
      { v: [1, 2.5], tags: ['x', 'y'], day: '2024-01-02' },
      { v: [1, 2.5], tags: ['y'], day: '2024-01-02' },
      { v: null, tags: null, day: null },
    ]
    const changed = rows.with(0, { v: [1, 2.25], tags: ['x', 'y'], day: '2024-01-02' })
    for (const version of [rows, changed]) {
      const { status } = await send({
        method: 'POST',
        url: '/v1/datasets',
        payload: { name: 'blocks', rows: version },
      })
      assert.equal(status, 201)
    }
    const { rows: counts } = await difference('blocks', 2)
    assert.deepEqual([counts.added, counts.removed], [1, 1])
    const [dark, light] = [await grey(10), await grey(200)]
    for (const image of [dark, light]) {
      const payload = zipOf([
        ['a/1.png', dark],
        ['a/2.png', image],
        ['b/1.png', light],
      ])
      const headers = { 'content-type': 'application/zip' }
      const { status } = await send({ method: 'POST', url: '/v1/datasets?name=pictures', headers, payload })
      assert.equal(status, 201)
    }
    const pictures = await difference('pictures', 2)
    assert.deepEqual([pictures.rows.added, pictures.rows.removed, pictures.changes], [1, 1, []])
  })

  test('of appended rows is what was appended', async () => {
    const url = '/v1/datasets/order/rows'
    await send({
      method: 'POST',
      url,
      payload: {
        rows: [
          { a: 2, b: 'y' },
          { a: 9, b: 'z' },
        ],
      },
    })
    const { rows, changes } = await difference('order', 4)
    assert.deepEqual([rows.before, rows.after, rows.added, rows.removed], [4, 6, 2, 0])
    assert.deepEqual(changes, [{ column: 'b', code: 'new-values', detail: '1 value is new: "z"' }])
  })
})
