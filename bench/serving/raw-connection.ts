import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: Buffer
}

const noBytes = Buffer.alloc(0)
const headEnd = '\r\n\r\n'

/**
 * A kept HTTP/1.1 connection over which one request at a time goes. Client and server share the cores in these
 * measurements, so that it does the least that HTTP allows: requests are written as bytes that were made before, and of an
 * answer only status and length are read.
 */
export class RawConnection {
  readonly #socket: Socket
  #held: Buffer = noBytes
  #waiting: { resolve: (answer: RawAnswer) => void; reject: (error: Error) => void } | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open({ hostname, port }: URL): Promise<RawConnection> {
    const socket = connect({ host: hostname, port: Number(port) })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  /** @param request head and body, as they go over the wire */
  send(request: Buffer): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#waiting = null
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const headBytes = bytes.indexOf(headEnd)
    if (headBytes < 0) {
      this.#held = bytes
      return
    }
    const head = bytes.toString('latin1', 0, headBytes)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) {
      this.#fail(new Error(`an answer without content-length: ${head}`))
      return
    }
    const end = headBytes + headEnd.length + Number(length)
    if (bytes.length < end) {
      this.#held = bytes
      return
    }
    this.#held = noBytes
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.resolve({ status: Number(head.slice(9, 12)), head, body: bytes.subarray(headBytes + 4, end) })
  }

  #fail(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.reject(error)
  }
}

/** A POST as it goes over the wire. */
export function rawPost(
  url: URL,
  { body, headers }: { body: Buffer; headers: Readonly<Record<string, string>> },
): Buffer {
  const lines = Object.entries({ host: url.host, ...headers, 'content-length': String(body.length) })
  const head = [`POST ${url.pathname} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)].join(
    '\r\n',
  )
  return Buffer.concat([Buffer.from(`${head}${headEnd}`), body])
}
