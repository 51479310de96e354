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

const headerBytes = 16
/** Frames take a multiple of that, so that the numbers in them mostly stand where an array can look at them. */
const alignment = 8
/** Above it a length is taken for a broken stream: predict bodies are bounded to 16 MiB of JSON. */
export const frameLimitBytes = 256 * 1024 * 1024
/** Larger payloads are written as they are: below, a copy costs less than one more piece to write. */
const copiedBytes = 16 * 1024

/** So many bytes are sent at once, whatever else the turn brings: the other process is to begin while this one goes on. */
const sentAtOnceBytes = 16 * 1024

/**
 * Writes frames to a socket, those of one turn of the event loop together, as long as they are few: a system call for each
 * would cost more than what is in it.
 */
export function frameWriter(socket: Writable): (frame: OutgoingFrame) => void {
  let frames: OutgoingFrame[] = []
  let waitingBytes = 0
  const flush = () => {
    const pieces = piecesOf(frames)
    frames = []
    waitingBytes = 0
    if (!socket.writable) return
    if (pieces.length > 1) socket.cork()
    for (const piece of pieces) socket.write(piece)
    if (pieces.length > 1) socket.uncork()
  }
  return (frame) => {
    if (!socket.writable) return
    if (frames.length === 0) setImmediate(flush)
    frames.push(frame)
    waitingBytes += frame.payload.byteLength
    if (waitingBytes >= sentAtOnceBytes) flush()
  }
}

/** Bytes behind a payload. */
const paddingOf = (payloadBytes: number): number => (alignment - (payloadBytes % alignment)) % alignment

/** Length of the payload (uint32), id (uint32), kind (uint8), seven bytes that are 0, payload, padding; little-endian. */
function piecesOf(frames: readonly OutgoingFrame[]): Uint8Array[] {
  let length = 0
  for (const { payload } of frames) {
    const { byteLength } = payload
    length += headerBytes + paddingOf(byteLength) + (byteLength > copiedBytes ? 0 : byteLength)
  }
  const bytes = Buffer.allocUnsafe(length)
  const pieces: Uint8Array[] = []
  let [start, at] = [0, 0]
  for (const { kind, id, payload } of frames) {
    bytes.writeUInt32LE(payload.byteLength, at)
    bytes.writeUInt32LE(id, at + 4)
    bytes.writeUInt32LE(kind, at + 8)
    bytes.writeUInt32LE(0, at + 12)
    at += headerBytes
    if (payload.byteLength > copiedBytes) {
      pieces.push(bytes.subarray(start, at), payload)
      start = at
    } else {
      bytes.set(payload, at)
      at += payload.byteLength
    }
    const end = at + paddingOf(payload.byteLength)
    bytes.fill(0, at, end)
    at = end
  }
  if (at > start) pieces.push(bytes.subarray(start, at))
  return pieces
}

/**
 * Visits the whole frames that bytes begin with.
 *
 * @returns the place behind them, and how many bytes there must be from there on for one more
 * @throws RangeError when a length can not be one; the stream is useless then
 */
export function cutFrames(
  bytes: Buffer,
  visit: (frame: Frame) => void,
): { readonly end: number; readonly needed: number } {
  let at = 0
  while (bytes.length - at >= headerBytes) {
    const length = bytes.readUInt32LE(at)
    if (length > frameLimitBytes) throw new RangeError(`a frame of ${length} bytes`)
    const end = at + headerBytes + length
    const next = end + paddingOf(length)
    if (bytes.length < next) return { end: at, needed: next - at }
    const [id, kind] = [bytes.readUInt32LE(at + 4), bytes.readUInt8(at + 8)]
    visit({ kind, id, payload: bytes.subarray(at + headerBytes, end) })
    at = next
  }
  return { end: at, needed: headerBytes }
}

/**
 * Cuts a byte stream back into frames, however its chunks fall.
 *
 * @returns a function that takes the next chunk
 * @throws RangeError (from the function) as {@link cutFrames}
 */
export function frameReader(visit: (frame: Frame) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let held = 0
  let needed = headerBytes
  return (chunk) => {
    chunks.push(chunk)
    held += chunk.length
    if (held < needed) return
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    const cut = cutFrames(bytes, visit)
    needed = cut.needed
    chunks = cut.end < bytes.length ? [bytes.subarray(cut.end)] : []
    held = bytes.length - cut.end
  }
}
