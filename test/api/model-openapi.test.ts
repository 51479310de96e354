import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Compile } from 'typebox/compile'
import { codeSamples } from '../../src/api/model-openapi/code-samples.js'
import { exampleRow } from '../../src/api/model-openapi/example-row.js'
import { instanceSchema } from '../../src/api/model-openapi/instance-schema.js'
import { instanceReader } from '../../src/serving/read-instances.js'
import { publishFlagged, publishProtocolModels } from '../support/protocol-models.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { startApp } from './testing.js'

const run = promisify(execFile)
const { app, stop } = await startApp()
after(stop)
await publishProtocolModels(app)
await publishFlagged(app)
await app.listen({ host: '127.0.0.1', port: 0 })
const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
const folder = await temporaryFolder()
const env = { ...process.env, FLYWHEEL_KEY: 'a-key' }

interface Media {
  readonly example: { readonly instances?: readonly object[] }
  readonly schema: object
}
interface Post {
  readonly requestBody: { readonly content: { readonly 'application/json': Media } }
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': { schema: object } } }
  }
  readonly 'x-codeSamples'?: readonly { readonly lang: string; readonly source: string }[]
}
interface Document {
  readonly paths: Readonly<Record<string, { readonly post: Post }>>
  readonly components: { readonly schemas: { readonly Instance: object; readonly Prediction: object } }
}

async function documentOf(model: string, query = ''): Promise<Document> {
  const answer = await fetch(`${url}/v1/models/${model}/openapi.json${query}`)
  assert.equal(answer.status, 200)
  return (await answer.json()) as Document
}

for (const model of ['flagged', 'numbers', 'sums']) {
  describe(`the document of ${model}`, () => {
    test('has examples that work as they stand, and answers that are as described', async () => {
      for (const query of ['', '?version=1']) {
        const { paths, components } = await documentOf(model, query)
        assert.equal(Object.keys(paths).length, 3)
        for (const [path, { post }] of Object.entries(paths)) {
          const { example } = post.requestBody.content['application/json']
          const answer = await fetch(url + path, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(example),
          })
          const body = (await answer.json()) as { predictions?: unknown[] }
          assert.equal(answer.status, 200, `${path}: ${JSON.stringify(body)}`)
          if (!path.endsWith('/predict')) continue
          assert.ok(Compile(components.schemas.Instance as never).Check(example.instances?.[0]))
          assert.ok(Compile(components.schemas.Prediction as never).Check(body.predictions?.[0]))
        }
      }
    })
  })
}

test('the call in curl, TypeScript and Python gives the same predictions', async () => {
  const { paths } = await documentOf('flagged')
  const samples = paths['/v1/models/flagged/predict']?.post['x-codeSamples'] ?? []
  assert.deepEqual(
    samples.map(({ lang }) => lang),
    ['Shell', 'TypeScript', 'Python'],
  )
  const answers = await Promise.all(samples.map(async (sample) => predictionsIn(await outputOf(sample))))
  for (const [{ label, probabilities }] of answers as [{ label: string; probabilities: object }][]) {
    assert.ok(label in probabilities)
    assert.deepEqual(probabilities, answers[0]?.[0]?.probabilities)
  }
})

test('texts of any kind, and the key, come through the samples as they are', async () => {
  const seen: (string | undefined)[] = []
  const echo = createServer(async (request, response) => {
    seen.push(request.headers.authorization)
    response.end(`{"predictions":${await text(request)}}`)
  })
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  const body = {
    "it's": '"$(id)" `id` \\ \n ü 🌍 </script>',
    none: null,
    flags: [true, false],
    number: -1.5e-7,
  }
  const { port } = echo.address() as AddressInfo
  const call = { url: `http://127.0.0.1:${port}/a?b=1&c='`, body, needsKey: true, predictionType: 'unknown' }
  for (const sample of codeSamples(call)) {
    assert.deepEqual(predictionsIn(await outputOf(sample)), body, sample.lang)
  }
  assert.deepEqual(seen, Array(3).fill('Bearer a-key'))
  echo.close()
})

/** curl prints the whole answer, the others the predictions. */
function predictionsIn(output: string): { probabilities?: object }[] {
  const value = JSON.parse(output)
  return value.predictions ?? value
}

/** Runs a sample as a reader would: TypeScript is checked and compiled first. */
async function outputOf({ lang, source }: { lang: string; source: string }): Promise<string> {
  if (lang === 'Shell') return (await run('bash', ['-euo', 'pipefail', '-c', source], { env })).stdout
  if (lang === 'Python') return (await run('python3', ['-c', source], { env })).stdout
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  await writeFile(join(folder, 'sample.mts'), source)
  const options = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node']
  const types = ['--typeRoots', join(root, 'node_modules', '@types'), '--outDir', folder]
  await run(join(root, 'node_modules', '.bin', 'tsc'), [...options, ...types, 'sample.mts'], { cwd: folder })
  return (await run(process.execPath, [join(folder, 'sample.mjs')], { env })).stdout
}

test('an example is of values that the transforms have learnt, and every kind of column has one that is taken', async () => {
  const signature = {
    inputs: [
      { name: 'n', type: 'number' },
      { name: 'i', type: 'integer' },
      { name: 'flag', type: 'boolean' },
      { name: "o'clock", type: 'category' },
      { name: 'prose', type: 'text' },
      { name: 'id', type: 'identifier' },
      { name: 'tags', type: 'list' },
      { name: 'day', type: 'date' },
      { name: 'v', type: 'vector', length: 3 },
      { name: 'picture', type: 'image' },
    ],
    ignored: ['target'],
    target: 'target',
    classes: [],
  } as const
  const encodings = [{ categories: ['noon', 'night'], other: false, missing: false }]
  const transforms = [
    { name: 'impute', columns: ['n', 'i'], options: {}, state: { fill: [1.23456, 7.4] } },
    { name: 'one-hot', columns: ["o'clock"], options: {}, state: { encodings } },
  ]
  const given = { ...signature, inputs: [...signature.inputs], ignored: ['target'], classes: [] }
  const row = exampleRow({ transforms }, given)
  assert.deepEqual([row.n, row.i, row["o'clock"]], [1.235, 7, 'noon'])
  assert.equal(instanceReader(given).read([row]).rows, 1)
  assert.ok(Compile(instanceSchema(given) as never).Check(row))
})

describe('the page', () => {
  test('shows columns and calls, and runs nothing', async () => {
    const answer = await fetch(`${url}/docs/models/flagged`)
    const page = await answer.text()
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
    for (const part of ['<code>job</code>', 'curl -sS', 'await fetch(', 'urllib.request', 'openapi.json']) {
      assert.ok(page.includes(part), part)
    }
    assert.ok(!page.includes('<script'))
  })

  test('a Host that is none never comes into a command', async () => {
    const guarded = await startApp({ FLYWHEEL_ADMIN_KEY: 'k'.repeat(40) })
    await publishProtocolModels(guarded.app)
    for (const path of ['/docs/models/sums', '/v1/models/sums/openapi.json']) {
      const headers = { host: "x';rm$(id)", authorization: `Bearer ${'k'.repeat(40)}` }
      const { body, statusCode } = await guarded.app.inject({ url: path, headers })
      assert.equal(statusCode, 200)
      assert.ok(!body.includes('rm$(id)') && body.includes('127.0.0.1:8080'), body)
      assert.ok(body.includes('FLYWHEEL_KEY'))
    }
    await guarded.stop()
  })

  test('of a model that there is not is a 404', async () => {
    for (const path of [
      '/docs/models/nobody',
      '/v1/models/nobody/openapi.json',
      '/v1/models/sums/openapi.json?version=9',
    ])
      assert.equal((await fetch(url + path)).status, 404)
  })
})
