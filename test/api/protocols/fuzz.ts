import assert from 'node:assert/strict'
import { Agent, request as httpRequest } from 'node:http'
import { mutated, randomNumbers } from '../../datasets/mutate.js'

interface Request {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

const json = (path: string, body: object): Request => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
})

function binary(path: string, head: object, ...blobs: Buffer[]): Request {
  const start = Buffer.from(JSON.stringify(head))
  const headers = { 'inference-header-content-length': String(start.length) }
  return { method: 'POST', path, headers, body: Buffer.concat([start, ...blobs]) }
}

const floats = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)
const job = Buffer.from([1, 0, 0, 0, 0x78, 1, 0, 0, 0, 0x79])
const sized = (name: string, datatype: string, shape: number[], bytes: Buffer) => ({
  name,
  datatype,
  shape,
  parameters: { binary_data_size: bytes.length },
})
const features = { name: 'features', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] }
const rows = [
  { a: 1, b: 2 },
  { a: 3, b: 4 },
]

/** One good request of each kind; the models are those of `publishProtocolModels`. */
const goodRequests: readonly Request[] = [
  json('/v2/models/sums/infer', { id: '1', inputs: [features], outputs: [{ name: 'value' }] }),
  json('/v2/models/numbers/versions/1/infer', {
    inputs: [
      {
        ...features,
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    outputs: [{ name: 'probabilities', parameters: { classification: 2 } }],
    parameters: { timeout: 20_000_000 },
  }),
  binary(
    '/v2/models/sums/infer',
    { inputs: [sized('features', 'FP32', [2, 2], floats)], parameters: { binary_data_output: true } },
    floats,
  ),
  binary(
    '/v2/models/made/infer',
    { inputs: [sized('a', 'FP32', [2], floats.subarray(0, 8)), sized('job', 'BYTES', [2], job)] },
    floats.subarray(0, 8),
    job,
  ),
  {
    method: 'POST',
    path: '/v2/models/sums/infer',
    headers: { 'inference-header-content-length': '0' },
    body: floats,
  },
  json('/v2/repository/index', { ready: true }),
  json('/v2/repository/models/nobody/load', { parameters: {} }),
  json('/v1/models/sums:predict', { signature_name: 'serving_default', instances: rows }),
  json('/v1/models/sums/versions/1:predict', { inputs: { a: [1, 3], b: [2, 4] } }),
  json('/v1/models/made/labels/champion:classify', { context: { job: 'x' }, examples: [{ a: 1 }] }),
  json('/v1/models/sums:regress', { examples: rows }),
  json('/invocations', { dataframe_split: { columns: ['a', 'b'], index: [0], data: [[1, 2]] } }),
  json('/endpoints/sums/invocations', { dataframe_records: rows }),
  {
    method: 'POST',
    path: '/invocations',
    headers: { 'content-type': 'text/csv' },
    body: Buffer.from('a,b\n1,2\n"3","4"\n'),
  },
]
const strangeValues: readonly unknown[] = [
  null,
  true,
  '',
  'x',
  '\ud800',
  -1,
  0,
  0.5,
  2 ** 31,
  2 ** 53,
  1e308,
  [],
  [[]],
  [null],
  {},
  { b64: '%' },
  ['x', 1],
  Array(3_000).fill(1),
  'y'.repeat(5_000),
  JSON.parse('{"__proto__":1}'),
  { constructor: { prototype: 1 } },
]
const strangeTexts = [
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '01',
  '"\\ud800"',
  '['.repeat(200),
  '{"a":1,"a":2}',
  'nul',
  '',
]
const strangeHeaders: Readonly<Record<string, readonly string[]>> = {
  'inference-header-content-length': [
    '',
    '-1',
    '0',
    '1',
    '1e3',
    '0x10',
    '99999999999999999999',
    ' 7',
    'NaN',
    '7, 7',
    '3',
  ],
  'content-type': [
    '',
    'x',
    'text/plain',
    'application/json; charset=utf-16',
    'text/csv',
    ';;;',
    'a/b/c',
    'application/json;',
  ],
  'content-encoding': ['gzip', 'deflate', 'br', 'gzip, gzip', '', 'identity', 'x'],
  'accept-encoding': ['gzip', '*', ';;', 'gzip;q=x', 'deflate;q=0'],
  accept: ['text/html', 'x', ''],
  'transfer-encoding': ['chunked'],
}
const strangeParts = [
  '0',
  '-1',
  '99999999999',
  '1.5',
  '%00',
  '%ff',
  '%E0%A4%A',
  'a%20b',
  'x'.repeat(300),
  '..%2f..',
  '%C3%A9',
  '__proto__',
]
const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD']

/** The members that a protocol's error has, by the path alone. */
function errorMembers(path: string): string {
  return /^\/(invocations|endpoints)/.test(path) ? 'error_code,message' : 'error'
}

/**
 * Sends requests that are wrong in one to three places, the same ones for the same seed, and checks that each is
 * answered as its protocol has it: never by a fault of the service, never in another error body.
 */
export async function fuzz(
  url: string,
  { seed, requests }: { seed: number; requests: number },
): Promise<void> {
  const random = randomNumbers(seed)
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  try {
    for (let sent = 0; sent < requests; sent += 16) {
      const batch = Array.from({ length: 16 }, () => wrong(random))
      await Promise.all(batch.map(async (request) => check(request, await send(url, request, agent))))
    }
  } finally {
    agent.destroy()
  }
}

/** Whether every good request is answered. */
export async function checkGood(url: string): Promise<void> {
  const agent = new Agent()
  for (const request of goodRequests) {
    const { status, body } = await send(url, request, agent)
    const expected = request.path.includes('nobody') ? 404 : 200
    assert.equal(status, expected, `${request.path}: ${body}`)
  }
}

function check(request: Request, { status, type, body }: Answer): void {
  const what = `${request.method} ${request.path.slice(0, 100)} ${JSON.stringify(request.headers)} ${request.body.toString('latin1').slice(0, 400)} answered ${status} ${type}: ${body.toString().slice(0, 300)}`
  assert.ok(status === 200 || (status >= 400 && status < 500) || status === 504, what)
  if (status === 200 || request.method === 'HEAD') return
  const members = errorMembers(request.path)
  if (status === 415 && members !== 'error') {
    assert.equal(type, 'text/plain; charset=utf-8', what)
    return
  }
  assert.match(type, /^application\/json/, what)
  const parsed: unknown = JSON.parse(body.toString())
  assert.equal(Object.keys(parsed as object).join(), members, what)
}

type Random = () => number
const pick = <Value>(list: readonly Value[], random: Random): Value =>
  list[Math.floor(random() * list.length)] as Value

function wrong(random: Random): Request {
  let request = pick(goodRequests, random)
  for (let left = random() < 0.6 ? 1 : 1 + Math.floor(random() * 3); left > 0; left--) {
    const kind = random()
    if (kind < 0.45) request = { ...request, body: wrongValue(request, random) }
    else if (kind < 0.65) request = { ...request, body: mutated(request.body, random) }
    else if (kind < 0.85) {
      const name = pick(Object.keys(strangeHeaders), random)
      request = {
        ...request,
        headers: { ...request.headers, [name]: pick(strangeHeaders[name] ?? [], random) },
      }
    } else if (kind < 0.95) request = { ...request, path: wrongPath(request.path, random) }
    else request = { ...request, method: pick(methods, random) }
  }
  return request
}

/** Another value at a random place of the JSON in front; what follows it stays. */
function wrongValue({ body, headers }: Request, random: Random): Buffer {
  const length = Number(headers['inference-header-content-length'] ?? body.length)
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8', 0, length))
  } catch {
    return mutated(body, random)
  }
  const mark = '"\u0001place"'
  const text = JSON.stringify(replaced(value, random)) ?? 'null'
  const given = text.replace(mark, () => pick(strangeTexts, random))
  return Buffer.concat([Buffer.from(given), body.subarray(length)])
}

function replaced(value: unknown, random: Random): unknown {
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  if (!isInner || random() < 0.15) return random() < 0.4 ? '\u0001place' : pick(strangeValues, random)
  const key = pick(Object.keys(value as object), random)
  if (Array.isArray(value))
    return value.map((entry, at) => (String(at) === key ? replaced(entry, random) : entry))
  const { [key]: inner, ...rest } = value as Record<string, unknown>
  if (random() < 0.1) return rest
  if (random() < 0.1) return { ...rest, [key]: inner, [`${key}x`]: pick(strangeValues, random) }
  return { ...rest, [key]: replaced(inner, random) }
}

/** Another model, version or label, in the same family of paths. */
function wrongPath(path: string, random: Random): string {
  const [question = ''] = /(:\w+|\/infer|\/invocations|\/load|\/index)$/.exec(path) ?? []
  const start = path.slice(0, path.length - question.length)
  const parts = start.split('/')
  if (parts.length < 4) return `${path}?x=${pick(strangeParts, random)}`
  return [...parts.slice(0, -1), pick(strangeParts, random)].join('/') + question
}

function send(url: string, { method, path, headers, body }: Request, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isChunked = headers['transfer-encoding'] !== undefined
    const length = isChunked ? {} : { 'content-length': String(body.length) }
    const sent = httpRequest(
      url + path,
      { method, agent, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks),
          }),
        )
      },
    )
    sent.on('error', (error) => reject(new Error(`${method} ${path}: ${error.message}`, { cause: error })))
    sent.end(body)
  })
}
