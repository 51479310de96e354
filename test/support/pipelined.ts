import { connect } from 'node:net'

export interface RawRequest {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Sends POST requests through one connection without waiting for answers: all of them are underway at once. */
export async function sendAtOnce(address: string, requests: readonly RawRequest[]): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  socket.write(Buffer.concat(requests.map((request) => written(request, `${hostname}:${port}`))))
  const answers: RawAnswer[] = []
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of socket) {
      rest = Buffer.concat([rest, chunk as Buffer])
      for (let next = takeAnswer(rest); next !== null; next = takeAnswer(rest)) {
        answers.push(next.answer)
        rest = next.rest
      }
      if (answers.length === requests.length) return answers
    }
  } finally {
    socket.destroy()
  }
  throw new Error(`the connection ended after ${answers.length} of ${requests.length} answers`)
}

function written({ path, headers = {}, body }: RawRequest, host: string): Buffer {
  const all = { host, 'content-type': 'application/json', 'content-length': body.length, ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body])
}

function takeAnswer(bytes: Buffer): { answer: RawAnswer; rest: Buffer } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const length = Number(headers['content-length'] ?? Number.NaN)
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${first}`)
  const start = end + 4
  if (bytes.length < start + length) return null
  const body = bytes.subarray(start, start + length)
  return {
    answer: { status: Number(first.split(' ')[1]), headers, body },
    rest: bytes.subarray(start + length),
  }
}
