import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { parquet } from '../support/parquet.js'
import { workbookOf } from '../support/workbook.js'
import { zstd } from '../support/zstd.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

let app: FastifyInstance
let stop: () => Promise<void>
before(async () => {
  ;({ app, stop } = await startApp())
})
after(() => stop())

const { send, get } = datasetRequests(() => app)
const post = (query: string, { type, payload }: { type: string; payload: Buffer }) =>
  send({ method: 'POST', url: `/v1/datasets?${query}`, headers: { 'content-type': type }, payload })

const rows = [
  { n: 1, t: 'süß' },
  { n: 2.5, t: 'öde' },
]
const csv = Buffer.from('n,t\n1,süß\n2.5,öde\n')
const workbook = workbookOf([['n', 't'], ...rows.map(({ n, t }) => [n, t])], { isPacked: true })
const table = await parquet("select unnest([1, 2.5]) as n, unnest(['süß', 'öde']) as t")
const any = 'application/octet-stream'

describe('a file over HTTP is read by its content', () => {
  const files: readonly (readonly [what: string, type: string, payload: Buffer, query?: string])[] = [
    ['packed CSV', 'application/gzip', gzipSync(csv)],
    ['packed CSV that is called CSV', 'text/csv', zstd(csv)],
    ['CSV in a charset', 'text/csv; charset="windows-1252"', Buffer.from(String(csv), 'latin1')],
    ['CSV in UTF-16', 'text/csv', Buffer.from(`\ufeff${csv}`, 'utf16le')],
    ['CSV in UTF-16 without a mark', any, Buffer.from(String(csv), 'utf16le').swap16(), '&encoding=utf-16be'],
    ['CSV with pipes and decimal commas', 'text/csv', Buffer.from('n|t\n1|süß\n2,5|öde\n'), '&decimal=comma'],
    ['a list of objects', any, Buffer.from(JSON.stringify(rows))],
    ['an object of lists', any, Buffer.from('{"n":[1,2.5],"t":["süß","öde"]}')],
    ['NDJSON that is called CSV', 'text/csv', Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))],
    ['Parquet', 'application/vnd.apache.parquet', table],
    ['Excel', any, workbook, '&sheet=1'],
  ]
  for (const [index, [what, type, payload, query = '']] of files.entries()) {
    test(what, async () => {
      const { status, body } = await post(`name=f${index}${query}`, { type, payload })
      assert.equal(status, 201, JSON.stringify(body))
      assert.deepEqual((await get(`/v1/datasets/f${index}/rows`)).body.rows, rows)
    })
  }

  test('in a form, with options for its reader', async () => {
    const form = new FormData()
    form.append('name', 'formed')
    form.append('header', 'absent')
    form.append('file', new Blob([new Uint8Array(workbook)]), 'book.csv')
    const { headers, body } = new Request('http://x', { method: 'POST', body: form })
    const payload = Buffer.from(await new Response(body).arrayBuffer())
    const type = headers.get('content-type') ?? ''
    const answer = await send({
      method: 'POST',
      url: '/v1/datasets',
      headers: { 'content-type': type },
      payload,
    })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    assert.equal(answer.body.rows, 3)
  })
})

describe('a file over HTTP is refused', () => {
  const files: readonly (readonly [
    what: string,
    query: string,
    payload: Buffer,
    status: number,
    path: string | undefined,
  ])[] = [
    ['with an option that its reader does not take', '&sheet=1', csv, 400, 'sheet'],
    ['with a format that nobody reads', '&format=sas', csv, 400, 'query.format'],
    ['with a delimiter that is a letter', '&delimiter=x', csv, 400, 'query.delimiter'],
    ['in an encoding that nobody knows', '&encoding=klingon', csv, 400, 'encoding'],
    ['with a format that it is not', '&format=excel', csv, 422, undefined],
    [
      'when it is an old workbook',
      '',
      Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      422,
      undefined,
    ],
  ]
  for (const [what, query, payload, status, path] of files) {
    test(what, async () => {
      const answer = await post(`name=none${query}`, { type: any, payload })
      assert.deepEqual(
        [answer.status, answer.body.errors?.[0]?.path],
        [status, path],
        JSON.stringify(answer.body),
      )
      assert.equal((await get('/v1/datasets/none')).status, 404)
    })
  }
})
