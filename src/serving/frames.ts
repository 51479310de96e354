import type { Writable } from 'node:stream'

/** One message between api and predictor. */
export interface Frame {
  readonly kind: number
  /** Ties an answer to its request; 0 for messages that want none. */
  readonly id: number
  readonly payload: Buffer
}

export interface OutgoingFrame {
  readonly kind: number
  readonly id: number
  readonly payload: Uint8Array
}

const headerBytes = 9
/** Above it a length is taken for a broken stream: predict bodies are bounded to 16 MiB of JSON. */
const frameLimitBytes = 256 * 1024 * 1024

/**
 * Writes frames to a socket, those of one turn of the event loop together: a system call for each would cost more than
 * what is in it. Payloads are not copied.
 */
export function frameWriter(socket: Writable): (frame: OutgoingFrame) => void {
  let isCorked = false
  return ({ kind, id, payload }) => {
    if (!socket.writable) return
    if (!isCorked) {
      isCorked = true
      socket.cork()
      setImmediate(() => {
        isCorked = false
        socket.uncork()
      })
    }
    socket.write(headerOf(kind, id, payload.byteLength))
    socket.write(payload)
  }
}

/** Length of what follows (uint32), kind (uint8), id (uint32), payload; little-endian. */
function headerOf(kind: number, id: number, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes)
  bytes.writeUInt32LE(headerBytes - 4 + payloadBytes, 0)
  bytes.writeUInt8(kind, 4)
  bytes.writeUInt32LE(id, 5)
  return bytes
}

/**
 * Cuts a byte stream back into frames, however its chunks fall.
 *
 * @returns a function that takes the next chunk
 * @throws RangeError (from the function) when a length can not be one; the stream is useless then
 */
export function frameReader(visit: (frame: Frame) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let held = 0
  let needed = headerBytes
  return (chunk) => {
    chunks.push(chunk)
    held += chunk.length
    if (held < needed) return
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    needed = headerBytes
    while (bytes.length >= headerBytes) {
      const size = bytes.readUInt32LE(0)
      if (size < headerBytes - 4 || size > frameLimitBytes) throw new RangeError(`a frame of ${size} bytes`)
      if (bytes.length < size + 4) {
        needed = size + 4
        break
      }
      const payload = bytes.subarray(headerBytes, size + 4)
      visit({ kind: bytes.readUInt8(4), id: bytes.readUInt32LE(5), payload })
      bytes = bytes.subarray(size + 4)
    }
    chunks = bytes.length > 0 ? [bytes] : []
    held = bytes.length
  }
}
