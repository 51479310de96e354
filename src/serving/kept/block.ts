import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { decodeRows, type RowBatch, toInstance } from '../row-batch.js'
import type { RowLayout } from '../signature.js'

/** Which version answered. */
export interface Answerer {
  readonly model: string
  readonly version: number
  readonly sha256: string
  readonly layout: RowLayout
  /** Of a shadow: the version that answered the requests themselves. */
  readonly shadowOf?: number
}

/** Some rows and what was answered for them, one JSON object a row. */
export interface Answered {
  /** As `encodeRows` writes them: an eighth of the numbers' memory, mostly, which the collector has to carry along. */
  readonly rows: Buffer
  readonly lines: readonly string[]
  /** Of a shadow: the id of each row’s own prediction, null where that is not kept. */
  readonly shadowedIds?: readonly (string | null)[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A prediction as it is found again. */
export interface KeptPrediction {
  readonly model: string
  readonly version: number
  /** The instance that was answered: the features alone, null for missing values. */
  readonly features: Readonly<Record<string, unknown>>
  readonly answer: unknown
  readonly at: Date
  /** Of a shadow: the version that answered the request, and the id of that prediction where it is kept. */
  readonly shadowOf: { readonly version: number; readonly id: string | null } | null
}

const compress = promisify(deflateRaw)
const decompress = promisify(inflateRaw)
const headerLengthBytes = 4

/**
 * Header length (uint32), header as JSON, the rows of each entry, answers as NDJSON; deflated. Rows stay as they are:
 * what this does before it compresses keeps answers waiting.
 */
export async function encodeBlock(answerer: Answerer, answered: readonly Answered[]): Promise<Buffer> {
  const rows = answered.map((entry) => entry.rows)
  const header = Buffer.from(
    JSON.stringify({
      ...answerer,
      rowBytes: rows.reduce((sum, { length }) => sum + length, 0),
      parts: answered.map((entry) => [entry.lines.length, entry.rows.length]),
      times: answered.flatMap((entry) => entry.lines.map(() => entry.at)),
      ...(answerer.shadowOf === undefined
        ? {}
        : {
            shadowedIds: answered.flatMap((entry) =>
              entry.lines.map((_, row) => entry.shadowedIds?.[row] ?? null),
            ),
          }),
    } satisfies Header),
  )
  const length = Buffer.allocUnsafe(headerLengthBytes)
  length.writeUInt32LE(header.length)
  const lines = Buffer.from(answered.flatMap((entry) => entry.lines).join('\n'))
  // Level 1: a block is written behind an answer, on a machine that is busy answering.
  return compress(Buffer.concat([length, header, ...rows, lines]), { level: 1 })
}

interface Header extends Answerer {
  readonly rowBytes: number
  /** Rows and bytes of each entry; absent in blocks from before, which have one. */
  readonly parts?: readonly (readonly [rows: number, bytes: number])[]
  readonly times: readonly number[]
  readonly shadowedIds?: readonly (string | null)[]
}

/** A block that can be looked into, row by row. */
export async function openBlock(block: Buffer): Promise<(row: number) => KeptPrediction | null> {
  const bytes = await decompress(block)
  const rowsAt = headerLengthBytes + bytes.readUInt32LE(0)
  const header = JSON.parse(bytes.toString('utf8', headerLengthBytes, rowsAt)) as Header
  const linesAt = rowsAt + header.rowBytes
  const lines = bytes.toString('utf8', linesAt).split('\n')
  const parts = partsByRow(header, bytes.subarray(rowsAt, linesAt))
  return (row) => {
    const line = lines[row]
    const part = parts[row]
    if (part === undefined || line === undefined) return null
    const { model, version, layout, times, shadowOf, shadowedIds } = header
    const features = toInstance(part.rows, row - part.start, layout)
    return {
      model,
      version,
      features,
      answer: JSON.parse(line),
      at: new Date(times[row] ?? 0),
      shadowOf: shadowOf === undefined ? null : { version: shadowOf, id: shadowedIds?.[row] ?? null },
    }
  }
}

/** Rows that came together, read when the first of them is looked for. */
class Part {
  readonly start: number
  readonly #bytes: Buffer
  #rows: RowBatch | null = null

  constructor(bytes: Buffer, { start }: { start: number }) {
    this.#bytes = bytes
    this.start = start
  }

  get rows(): RowBatch {
    this.#rows ??= decodeRows(this.#bytes)
    return this.#rows
  }
}

/** @returns the part that each row of a block is in */
function partsByRow({ parts, times, rowBytes }: Header, bytes: Buffer): readonly Part[] {
  const found: Part[] = []
  let at = 0
  for (const [rows, length] of parts ?? [[times.length, rowBytes] as const]) {
    const part = new Part(bytes.subarray(at, at + length), { start: found.length })
    for (let row = 0; row < rows; row++) found.push(part)
    at += length
  }
  return found
}
