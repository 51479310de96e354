import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { zipOf } from '../datasets/images/archives.js'
import { startApp } from './testing.js'

describe('texts as datasets', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp())
  })
  after(() => stop())

  const upload = async (name: string, type: string, payload: string | Buffer) => {
    const url = `/v1/datasets?name=${name}`
    const answer = await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })
    return { status: answer.statusCode, ...answer.json() }
  }
  const rowsOf = async (name: string) => (await app.inject(`/v1/datasets/${name}/rows`)).json().rows

  it('are the lines of a raw body, in the charset of its content type', async () => {
    const body = Buffer.from('na\xefve, plain\nno: 2\n', 'latin1')
    const answer = await upload('lines', 'text/plain; charset=iso-8859-1', body)
    assert.deepEqual([answer.status, answer.rows, answer.columns[0].name], [201, 2, 'text'])
    assert.deepEqual(await rowsOf('lines'), [{ text: 'naïve, plain' }, { text: 'no: 2' }])
  })

  it('are appended as lines', async () => {
    const url = '/v1/datasets/lines/rows'
    const headers = { 'content-type': 'text/plain' }
    const answer = await app.inject({ method: 'POST', url, headers, payload: 'a third\n' })
    assert.deepEqual([answer.statusCode, answer.json().version, answer.json().rows], [201, 2, 3])
    assert.equal((await rowsOf('lines'))[2].text, 'a third')
  })

  it('are the lines of a form’s file that is named so', async () => {
    const form = (filename: string) =>
      [
        '--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nforms\r\n',
        `--x\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\ncontent-type: text/plain\r\n\r\na,b\n1,2\n\r\n`,
        '--x--\r\n',
      ].join('')
    const post = async (filename: string) =>
      (
        await app.inject({
          method: 'POST',
          url: '/v1/datasets',
          headers: { 'content-type': 'multipart/form-data; boundary=x' },
          payload: form(filename),
        })
      ).json().columns
    const names = (columns: { name: string }[]) => columns.map(({ name }) => name)
    assert.deepEqual(names(await post('list.txt')), ['text'])
    assert.deepEqual(names(await post('list.csv')), ['a', 'b'])
  })

  it('are the files of class folders, of which a job learns the texts alone', async () => {
    const files = Array.from({ length: 40 }, (_, n): [string, string] => [
      `${n % 2 ? 'good' : 'bad'}/${n}.txt`,
      `A review of some length, the ${n}th, of a ${n % 2 ? 'lovely' : 'boring'} film that was long.`,
    ])
    const answer = await upload('folders', 'application/zip', zipOf(files))
    assert.deepEqual([answer.status, answer.rows], [201, 40])
    const job = { type: 'train', model: 'm', dataset: 'folders', target: 'label' }
    const plan = await app.inject({ method: 'POST', url: '/v1/jobs?dryRun=true', payload: job })
    const { specification, warnings } = plan.json()
    assert.deepEqual([specification.task, specification.features], ['text-classification', ['text']])
    assert.ok(
      warnings.some(({ detail }: { detail: string }) =>
        /left out, so that text is learnt from alone: file/.test(detail),
      ),
    )
  })

  it('are previewed as bags of terms', async () => {
    const payload = { dataset: 'folders', target: 'label', rows: 1 }
    const shown = (await app.inject({ method: 'POST', url: '/v1/transforms/preview', payload })).json()
    assert.deepEqual(Object.keys(shown.after[0]), ['text', 'file'])
    assert.equal(shown.after[0].text.rowKind, 'bag')
  })
})
