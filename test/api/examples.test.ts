import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { startService } from '../support/service.js'

interface Media {
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

const service = await startService({ jobTypes: null })
const { paths } = (await service.request.get('/openapi.json')).body

/** The documented examples of a route's body, by content type. */
function examplesOf(route: string): [type: string, value: unknown][] {
  const [method = '', path = ''] = route.split(' ')
  const content: Record<string, Media> = paths[path][method.toLowerCase()].requestBody.content
  return Object.entries(content).flatMap(([type, { example, examples = {} }]) =>
    [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
      (value): [string, unknown] => [type, value],
    ),
  )
}

const fill = (path: string): string =>
  path
    .replace('{name}', 'flowers')
    .replace('{version}', '1')
    .replace('{alias}', 'champion')
    .replace('{label}', 'champion')

/** Sends an example as it stands in the document. */
async function send(route: string, [type, value]: [string, unknown], query = ''): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ')
  const isForm = type === 'multipart/form-data'
  const answer = await fetch(`${service.url}${fill(path)}${query}`, {
    method,
    body: isForm
      ? form(value as Record<string, string>)
      : typeof value === 'string'
        ? value
        : JSON.stringify(value),
    ...(isForm ? {} : { headers: { 'content-type': type } }),
  })
  const text = await answer.text()
  return { status: answer.status, text, body: text === '' ? null : JSON.parse(text) }
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly body: { readonly id: string; readonly model: string }
}

function form({ file = '', ...fields }: Record<string, string>): FormData {
  const data = new FormData()
  for (const [name, text] of Object.entries(fields)) data.append(name, text)
  data.append('file', new Blob([file]), 'flowers.csv')
  return data
}

/** Sends the documented job of a type and waits until it has succeeded. */
async function runJob(type: string): Promise<void> {
  const found = examplesOf('POST /v1/jobs').find(([, value]) => (value as { type: string }).type === type)
  assert.ok(found, `there is no example of ${type}`)
  const submitted = await send('POST /v1/jobs', found)
  assert.equal(submitted.status, 202, submitted.text)
  const { state, error } = await service.ended(submitted.body.id)
  assert.deepEqual([state, error], ['succeeded', null])
}

async function sendAll(route: string, status: number, query = ''): Promise<void> {
  for (const example of examplesOf(route)) {
    const answer = await send(route, example, query)
    assert.equal(answer.status, status, `${route} with ${example[0]}: ${answer.text}`)
  }
}

describe('the documented examples work as they stand, one after the other', () => {
  it('a dataset is uploaded in each form', () => sendAll('POST /v1/datasets', 201, '?name=flowers'))
  it('a dataset is uploaded in parts', async () => {
    const [start] = examplesOf('POST /v1/uploads')
    const [part] = examplesOf('PUT /v1/uploads/{id}/parts/{number}')
    assert.ok(start && part)
    const { id } = (await send('POST /v1/uploads', start)).body
    const digest = createHash('sha256').update(String(part[1])).digest('base64')
    const sent = await fetch(`${service.url}/v1/uploads/${id}/parts/1`, {
      method: 'PUT',
      body: String(part[1]),
      headers: { 'content-digest': `sha-256=:${digest}:` },
    })
    assert.equal(sent.status, 200, await sent.text())
    const completed = await fetch(`${service.url}/v1/uploads/${id}/complete`, { method: 'POST' })
    assert.equal(completed.status, 201, await completed.text())
  })
  it('rows are appended, lines of text to a dataset of such', async () => {
    const route = 'POST /v1/datasets/{name}/rows'
    for (const example of examplesOf(route)) {
      const isText = example[0] === 'text/plain'
      if (isText) assert.equal((await send('POST /v1/datasets', example, '?name=lines')).status, 201)
      const answer = await send(isText ? route.replace('{name}', 'lines') : route, example)
      assert.equal(answer.status, 201, `${example[0]}: ${answer.text}`)
    }
  })
  it('a chain of transforms is saved', () => sendAll('PUT /v1/chains/{name}', 201))
  it('transforms are previewed', () => sendAll('POST /v1/transforms/preview', 200))
  it('a model is trained', () => runJob('train'))
  it('it predicts', async () => {
    await sendAll('POST /v1/models/{name}/predict', 200)
    await sendAll('POST /v1/models/{name}/versions/{version}/predict', 200)
    await sendAll('POST /v1/models/{name}/aliases/{alias}/predict', 200)
    await sendAll('POST /invocations', 200)
    for (const place of ['{name}', '{name}/versions/{version}', '{name}/labels/{label}']) {
      await sendAll(`POST /v1/models/${place}:predict`, 200)
      await sendAll(`POST /v1/models/${place}:classify`, 200)
    }
    await sendAll('POST /v2/models/{name}/infer', 200)
    await sendAll('POST /v2/models/{name}/versions/{version}/infer', 200)
  })
  it('it is evaluated on a dataset', () => runJob('evaluate'))
  it('a dataset is answered by it', () => runJob('predict'))
  it('its alias is moved', () => sendAll('PUT /v1/models/{name}/aliases/{alias}', 200))
  it('labels are sent', () => sendAll('POST /v1/models/{name}/feedback', 202))
  it('it is updated', () => runJob('update'))
  it('two of its versions are compared', () => runJob('compare'))
  it('it is compressed', async () => {
    await sendAll('POST /v1/models/{name}/versions/{version}/compressions', 202)
    await runJob('compress')
  })
  it('it is exported', async () => {
    await sendAll('POST /v1/models/{name}/versions/{version}/exports', 202)
    await runJob('export')
  })
  it('a better one is searched for', () => runJob('search'))
  it('a key is made', () => sendAll('POST /v1/keys', 201))

  it('everything that was made can be read', async () => {
    const reads = Object.keys(paths).filter((path) => paths[path].get && !path.includes('{id}'))
    for (const path of reads) {
      const { status, text } = await service.request.get(fill(path))
      assert.equal(status, 200, `GET ${path}: ${text.slice(0, 300)}`)
    }
  })

  it('a browser gets the report as a page that loads and runs nothing', async () => {
    const path = '/v1/models/flowers/versions/1/report'
    const { headers, text } = await service.request
      .get(path)
      .set('accept', 'text/html,application/xhtml+xml,*/*;q=0.8')
    assert.match(headers['content-type'] ?? '', /^text\/html/)
    assert.match(
      headers['content-security-policy'] ?? '',
      /^default-src 'none'; style-src 'sha256-\S+'; .*frame-ancestors 'none'$/,
    )
    assert.match(text, /<h1>flowers@1<\/h1>/)
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5', 'text/html;q=0']) {
      assert.match(
        (await service.request.get(path).set('accept', accept)).headers['content-type'] ?? '',
        /json/,
      )
    }
  })

  it('everything can be removed', async () => {
    for (const path of ['/v1/chains/flowers/versions/1']) {
      assert.equal((await service.request.delete(path)).status, 204)
    }
    for (const path of ['/v1/models/flowers', '/v1/datasets/flowers']) {
      const { status, body } = await service.request.delete(path)
      assert.equal(status, 200, JSON.stringify(body))
      assert.ok(body.freedBytes > 0, JSON.stringify(body))
    }
  })
})
