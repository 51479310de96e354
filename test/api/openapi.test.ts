import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { Compile } from 'typebox/compile'
import { startApp } from './testing.js'

interface Content {
  readonly schema?: object & { readonly format?: string }
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { value: unknown }>>
}
interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>
}
interface Document {
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

describe('the OpenAPI document', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  let document: Document
  let operations: {
    readonly name: string
    readonly path: string
    readonly method: string
    readonly operation: Operation
  }[]
  before(async () => {
    ;({ app, stop } = await startApp())
    document = (await app.inject('/openapi.json')).json()
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path,
        method: method.toUpperCase(),
        operation,
      })),
    )
  })
  after(() => stop())

  it('names and describes every operation, each with an id of its own', () => {
    const tags = document.tags.map(({ name }) => name)
    for (const { name, operation } of operations) {
      assert.match(operation.operationId ?? '', /^[a-z][A-Za-z]+$/, name)
      assert.ok((operation.summary ?? '').length > 10, name)
      assert.ok(
        operation.tags?.length === 1 && tags.includes(operation.tags[0] ?? ''),
        `${name}: ${operation.tags}`,
      )
    }
    assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
  })

  it('writes lists of fixed length as OpenAPI 3.1 has them', () => {
    const text = JSON.stringify({ ...document.paths, ...document.components.schemas })
    assert.ok(!text.includes('"items":['))
    assert.ok(text.includes('"minItems":2,"items":{"type":"number"},"maxItems":2'))
  })

  it('has an example for every body that is text', () => {
    for (const { name, operation } of operations) {
      for (const [type, { example, examples, schema }] of Object.entries(
        operation.requestBody?.content ?? {},
      )) {
        if (schema?.format === 'binary') continue
        assert.ok(example !== undefined || examples !== undefined, `${name} has no example for ${type}`)
      }
    }
  })

  it('has a schema for every answer, and problem documents for the errors of all but the protocols', () => {
    for (const { name, operation } of operations) {
      const statuses = Object.keys(operation.responses)
      assert.ok(
        statuses.some((status) => /^2/.test(status)),
        name,
      )
      assert.ok(
        ['400', '401', '403', '500', '503'].every((status) => statuses.includes(status)),
        name,
      )
      for (const [status, { content }] of Object.entries(operation.responses)) {
        assert.ok(
          status === '204' || Object.values(content ?? {}).every(({ schema }) => schema),
          `${name} ${status}`,
        )
        if (Number(status) >= 400 && operation.tags?.[0] !== 'protocols')
          assert.ok(content?.['application/problem+json'], `${name} ${status}`)
      }
    }
  })

  it('tells what every route answers, whatever is sent', async () => {
    for (const { path, method, operation, name } of operations) {
      if (path.endsWith('/events')) continue
      for (const payload of payloadsFor(operation)) {
        const url = path.replace(/\{version\}/g, '1').replace(/\{[^}]+\}/g, 'nowhere')
        const answer = await app.inject({ method: method as 'POST', url, ...payload })
        const what = `${name} ${JSON.stringify(payload).slice(0, 200)} answered ${answer.statusCode}`
        const described = operation.responses[answer.statusCode]
        assert.ok(described, `${what}, which is not described: ${answer.body.slice(0, 300)}`)
        assert.ok(
          answer.statusCode < 500 || answer.statusCode === 503,
          `${what}: ${answer.body.slice(0, 300)}`,
        )
        checkBody(answer, described.content ?? {}, what)
      }
    }
  })

  function checkBody(
    answer: { readonly headers: Record<string, unknown>; readonly body: string },
    content: Readonly<Record<string, Content>>,
    what: string,
  ): void {
    if (answer.body === '') return
    const type = String(answer.headers['content-type']).split(';')[0] ?? ''
    const schema = content[type]?.schema
    assert.ok(schema, `${what} with ${type}, which is not described`)
    if (!type.endsWith('json')) return
    const [error] = Compile(inlined(schema) as object).Errors(JSON.parse(answer.body))
    assert.equal(error, undefined, `${what} in another form than described: ${answer.body.slice(0, 300)}`)
  }

  /** A schema with its references filled in. */
  function inlined(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(inlined)
    if (typeof value !== 'object' || value === null) return value
    const { $ref } = value as { $ref?: string }
    if ($ref) return inlined(document.components.schemas[$ref.split('/').at(-1) ?? ''])
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, inlined(entry)]))
  }
})

/** The documented examples, and things that nobody should send. */
function payloadsFor({ requestBody }: Operation): object[] {
  if (!requestBody) return [{}, { query: { nonsense: '1' } }]
  const json = { 'content-type': 'application/json' }
  const documented = Object.entries(requestBody.content).flatMap(([type, { example, examples }]) =>
    [example, ...Object.values(examples ?? {}).map(({ value }) => value)].flatMap((value) =>
      value === undefined
        ? []
        : {
            headers: { 'content-type': type },
            payload: typeof value === 'string' ? value : JSON.stringify(value),
          },
    ),
  )
  const nonsense = ['', '{', 'null', '[]', '{}', '1e999', '{"__proto__":{}}', '"\\ud800"', '[[[[1]]]]']
  return [
    ...documented,
    ...nonsense.map((payload) => ({ headers: json, payload })),
    { headers: { 'content-type': 'application/x-nonsense' }, payload: 'x' },
    { headers: { ...json, 'content-encoding': 'gzip' }, payload: '{}' },
  ]
}
