import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { and, eq } from 'drizzle-orm'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { withOnnxForm } from '../../src/jobs/train/onnx-form.js'
import { modelVersions } from '../../src/registry/database/schema.js'
import { handMadeClasses, handMadeProbabilities } from '../support/hand-made-model.js'
import { type RawAnswer, type RawRequest, sendAtOnce } from '../support/pipelined.js'
import { numberProbabilities, publishFlagged, publishProtocolModels } from '../support/protocol-models.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { startApp } from './testing.js'

const REQUESTS = 10_000
const PER_CONNECTION = 25

const { app, stop } = await startApp()
after(stop)
await publishProtocolModels(app)
await publishFlagged(app)
await publishWithOnnxForm('numbers')
const address = await app.listen({ host: '127.0.0.1', port: 0 })

/** The same version once more, as a trainer publishes it: version 2 answers in ONNX Runtime. */
async function publishWithOnnxForm(model: string): Promise<void> {
  const { db } = app.database
  const [row] = await db
    .select()
    .from(modelVersions)
    .where(and(eq(modelVersions.model, model), eq(modelVersions.version, 1)))
  assert.ok(row)
  const manifest = JSON.parse((await app.artifacts.read(row.sha256)).toString()) as ModelManifest
  const { tf } = await testTensorFlow()
  const { families, tasks } = await loadCatalogue()
  const formed = await withOnnxForm(manifest, { tf, artifacts: app.artifacts, families, tasks })
  assert.ok(formed.onnx && 'sha256' in formed.onnx)
  const { sha256 } = await app.artifacts.put(Buffer.from(JSON.stringify(formed)))
  const blobs = [...row.blobs, sha256, formed.onnx.sha256]
  const signed = app.signer.signVersion({ model, version: 2, sha256 })
  await db.insert(modelVersions).values({ ...row, version: 2, sha256, blobs, ...signed })
}

/** A request whose rows are marked, and what they must be answered: [rows][numbers]. */
interface Marked {
  readonly request: RawRequest
  readonly expected: readonly (readonly number[])[]
  read(answer: RawAnswer): readonly (readonly number[])[]
}

/** No two rows of the 10,000 requests are alike. */
const mark = (request: number, row: number): number => (((request * 7 + row) * 7_919) % 70_001) / 17_500 - 2
const marks = (request: number): number[] =>
  Array.from({ length: 1 + (request % 7) }, (_, row) => mark(request, row))
const jobs = ['x', 'y', null, 'a category that nobody has seen']
const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const probabilitiesOf = (rows: readonly { probabilities: Record<string, number> }[]) =>
  rows.map(({ probabilities }) => handMadeClasses.map((label) => probabilities[label] as number))
const rowsOf = (bytes: Buffer, width: number): number[][] => {
  const numbers = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at))
  return Array.from({ length: numbers.length / width }, (_, row) =>
    numbers.slice(row * width, (row + 1) * width),
  )
}

/** Tensors as bytes behind the JSON, and the outputs as bytes as well. */
function binaryRequest(
  path: string,
  output: string,
  tensors: readonly { name: string; datatype: string; shape: number[]; bytes: Buffer }[],
): RawRequest {
  const head = jsonOf({
    inputs: tensors.map(({ bytes, ...tensor }) => ({
      ...tensor,
      parameters: { binary_data_size: bytes.length },
    })),
    outputs: [{ name: output, parameters: { binary_data: true } }],
  })
  return {
    path,
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
    body: Buffer.concat([head, ...tensors.map(({ bytes }) => bytes)]),
  }
}
const tensorOf = ({ body, headers }: RawAnswer): Buffer =>
  body.subarray(Number(headers['inference-header-content-length']))
const floats = (values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer)
const texts = (values: readonly string[]): Buffer =>
  Buffer.concat(
    values.map((value) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(Buffer.byteLength(value))
      return Buffer.concat([length, Buffer.from(value)])
    }),
  )

/** Five forms in turn: our JSON, TensorFlow Serving's, and binary tensors to models of two and three inputs. */
const forms: readonly ((request: number) => Marked)[] = [
  (request) => {
    const instances = marks(request).map((a, row) => ({ a, job: jobs[(request + row) % 4] as string | null }))
    return {
      request: { path: '/v1/models/made/predict', body: jsonOf({ instances }) },
      expected: instances.map(handMadeProbabilities),
      read: ({ body }) => probabilitiesOf(JSON.parse(body.toString()).predictions),
    }
  },
  ...[1, 2].map((version) => (request: number): Marked => {
    const rows = marks(request).map((a, row): [number, number] => [a, row - a])
    const shape = [rows.length, 2]
    return {
      request: binaryRequest(`/v2/models/numbers/versions/${version}/infer`, 'probabilities', [
        { name: 'features', datatype: 'FP32', shape, bytes: floats(rows.flat()) },
      ]),
      expected: rows.map(numberProbabilities),
      read: (answer) => rowsOf(tensorOf(answer), 3),
    }
  }),
  (request) => {
    const rows = marks(request).map((a, row) => [a, row])
    return {
      request: { path: '/v1/models/sums:predict', body: jsonOf({ instances: rows }) },
      expected: rows.map(([a = 0, b = 0]) => [a + 2 * b]),
      read: ({ body }) => JSON.parse(body.toString()).predictions.map((value: number) => [value]),
    }
  },
  (request) => {
    const values = marks(request)
    const shape = [values.length]
    return {
      request: binaryRequest('/v2/models/flagged/infer', 'probabilities', [
        { name: 'a', datatype: 'FP32', shape, bytes: floats(values) },
        {
          name: 'job',
          datatype: 'BYTES',
          shape,
          bytes: texts(values.map((_, row) => jobs[row % 2] as string)),
        },
        {
          name: 'flag',
          datatype: 'BOOL',
          shape,
          bytes: Buffer.from(values.map((_, row) => (request + row) % 2)),
        },
      ]),
      expected: values.map((a, row) =>
        flaggedProbabilities(a, { row, isFlagged: (request + row) % 2 === 1 }),
      ),
      read: (answer) => rowsOf(tensorOf(answer), 3),
    }
  },
]

function flaggedProbabilities(a: number, { row, isFlagged }: { row: number; isFlagged: boolean }): number[] {
  const logits = [a - 1, (isFlagged ? 1 : 0) + (row % 2 === 0 ? 1 : -1), 2 * a]
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
  return logits.map((logit) => Math.exp(logit) / sum)
}

const all = Array.from({ length: REQUESTS }, (_, request) =>
  (forms[request % forms.length] as (typeof forms)[number])(request),
)

/** What is refused because too many came is asked again, as `Retry-After` says. */
async function askAtOnce(numbers: readonly number[]): Promise<Map<number, RawAnswer>> {
  const groups = Array.from({ length: Math.ceil(numbers.length / PER_CONNECTION) }, (_, group) =>
    numbers.slice(group * PER_CONNECTION, (group + 1) * PER_CONNECTION),
  )
  const answered = await Promise.all(
    groups.map(async (group) => {
      const answers = await sendAtOnce(
        address,
        group.map((number) => (all[number] as Marked).request),
      )
      return group.map((number, at): [number, RawAnswer] => [number, answers[at] as RawAnswer])
    }),
  )
  const answers = new Map(answered.flat())
  const refused = [...answers].filter(([, { status }]) => status === 503).map(([number]) => number)
  if (refused.length > 0) for (const entry of await askAtOnce(refused)) answers.set(...entry)
  return answers
}

const check = (
  given: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
  what: string,
) => {
  assert.equal(given.length, wanted.length, what)
  for (const [row, numbers] of given.entries()) {
    assert.equal(numbers.length, wanted[row]?.length, what)
    for (const [at, value] of numbers.entries()) {
      const other = wanted[row]?.[at] as number
      assert.ok(
        Math.abs(value - other) < 1e-5 * Math.max(1, Math.abs(other)),
        `${what}, row ${row}: ${value}, ${other}`,
      )
    }
  }
}

test('10,000 requests at once over HTTP, in JSON and binary, to four models, get their own answers, as they do alone', async () => {
  const alone = new Map<number, readonly (readonly number[])[]>()
  for (let number = 0; number < REQUESTS; number += 97) {
    const marked = all[number] as Marked
    const [answer] = await sendAtOnce(address, [marked.request])
    assert.equal(answer?.status, 200, answer?.body.toString())
    alone.set(number, marked.read(answer as RawAnswer))
  }
  const answers = await askAtOnce(all.map((_, number) => number))
  assert.equal(answers.size, REQUESTS)
  for (const [number, { expected, read }] of all.entries()) {
    const answer = answers.get(number) as RawAnswer
    assert.equal(answer.status, 200, `request ${number}: ${answer.body}`)
    const given = read(answer)
    check(given, expected, `request ${number}`)
    const same = alone.get(number)
    if (same) check(given, same, `request ${number}, alone`)
  }
  const rowsPerBatch = batchRowsOf((await app.inject('/metrics')).body)
  assert.ok(rowsPerBatch > 4, `some were computed together: ${rowsPerBatch} rows in a batch on average`)
})

/** Mean rows of the batches that requests were in. */
function batchRowsOf(metrics: string): number {
  const total = (suffix: string) =>
    [...metrics.matchAll(new RegExp(`^flywheel_predict_batch_rows_${suffix}\\{.*\\} (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    )
  return total('sum') / total('count')
}
