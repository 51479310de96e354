import type { Column, Table } from '../contracts/table.js'
import type { RowLayout } from './signature.js'

/** Rows as they travel from the api to a predictor and into kept predictions; names stand in the {@link RowLayout}. */
export interface RowBatch {
  readonly rows: number
  /** [rows, numeric columns], row-major; NaN where the value is missing. */
  readonly numbers: Float64Array
  /** [rows, text columns], row-major: bytes of each text in `text`; −1 where the value is missing. */
  readonly textBytes: Int32Array
  /** UTF-8, one text after the other. */
  readonly text: Uint8Array
}

const headerBytes = 16

/** Header (rows, numbers, texts, text bytes; uint32 each), doubles, text lengths, text; little-endian. */
export function encodeRows({ rows, numbers, textBytes, text }: RowBatch): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + numbers.byteLength + textBytes.byteLength + text.byteLength)
  bytes.writeUInt32LE(rows, 0)
  bytes.writeUInt32LE(numbers.length, 4)
  bytes.writeUInt32LE(textBytes.length, 8)
  bytes.writeUInt32LE(text.byteLength, 12)
  let offset = headerBytes
  for (const part of [numbers, textBytes, text]) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset)
    offset += part.byteLength
  }
  return bytes
}

/** @throws RangeError when the lengths in the header do not add up to the bytes that came */
export function decodeRows(bytes: Uint8Array): RowBatch {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < headerBytes) throw new RangeError('rows: the header is cut')
  const [rows, numbers, texts, textLength] = [0, 4, 8, 12].map((at) => view.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ]
  const expected = headerBytes + numbers * 8 + texts * 4 + textLength
  if (view.length !== expected) throw new RangeError(`rows: ${expected} bytes expected, ${view.length} came`)
  const textsAt = headerBytes + numbers * 8
  return {
    rows,
    numbers: new Float64Array(copy(view, headerBytes, textsAt)),
    textBytes: new Int32Array(copy(view, textsAt, textsAt + texts * 4)),
    text: new Uint8Array(copy(view, textsAt + texts * 4, expected)),
  }
}

/** A copy whose start is aligned for every element type. */
const copy = (bytes: Buffer, start: number, end: number): ArrayBuffer =>
  new Uint8Array(bytes.subarray(start, end)).buffer

/** The rows of several batches of one layout, one after the other. */
export function mergeRows(batches: readonly RowBatch[]): RowBatch {
  const [first] = batches
  if (batches.length === 1 && first) return first
  const sum = (length: (batch: RowBatch) => number) => batches.reduce((all, batch) => all + length(batch), 0)
  const numbers = new Float64Array(sum((batch) => batch.numbers.length))
  const textBytes = new Int32Array(sum((batch) => batch.textBytes.length))
  const text = new Uint8Array(sum((batch) => batch.text.length))
  const at = { numbers: 0, textBytes: 0, text: 0 }
  for (const batch of batches) {
    numbers.set(batch.numbers, at.numbers)
    textBytes.set(batch.textBytes, at.textBytes)
    text.set(batch.text, at.text)
    at.numbers += batch.numbers.length
    at.textBytes += batch.textBytes.length
    at.text += batch.text.length
  }
  return { rows: sum((batch) => batch.rows), numbers, textBytes, text }
}

/** Some rows of a batch, from `start` to before `end`, as a view on it. */
export function sliceRows(batch: RowBatch, start: number, end: number): RowBatch {
  if (start === 0 && end === batch.rows) return batch
  const [width, texts] = [batch.numbers.length / batch.rows, batch.textBytes.length / batch.rows]
  const textUpTo = (row: number) =>
    batch.textBytes.subarray(0, texts * row).reduce((sum, bytes) => sum + Math.max(0, bytes), 0)
  return {
    rows: end - start,
    numbers: batch.numbers.subarray(width * start, width * end),
    textBytes: batch.textBytes.subarray(texts * start, texts * end),
    text: batch.text.subarray(textUpTo(start), textUpTo(end)),
  }
}

/** Memory that a batch takes. */
export const rowBytes = ({ numbers, textBytes, text }: RowBatch): number =>
  numbers.byteLength + textBytes.byteLength + text.byteLength

/** The rows of several batches of one layout, one after the other, in columns. */
export function toTable(batches: readonly RowBatch[], layout: RowLayout): Table {
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const columns: Column[] = [...numericColumns(batches, layout, rows), ...textColumns(batches, layout, rows)]
  return { rows, columns }
}

function numericColumns(batches: readonly RowBatch[], { numeric }: RowLayout, rows: number): Column[] {
  const width = numeric.length
  const values = new Float64Array(rows * width)
  let start = 0
  for (const { numbers, rows: count } of batches) {
    for (let column = 0; column < width; column += 1) {
      for (let row = 0; row < count; row += 1) {
        values[column * rows + start + row] = numbers[row * width + column] as number
      }
    }
    start += count
  }
  return numeric.map((name, column) => ({
    kind: 'numeric',
    name,
    values: values.subarray(column * rows, (column + 1) * rows),
  }))
}

function textColumns(batches: readonly RowBatch[], { text }: RowLayout, rows: number): Column[] {
  const dictionaries = text.map(() => new Map<string, number>())
  const codes = text.map(() => new Int32Array(rows).fill(-1))
  let start = 0
  for (const batch of batches) {
    eachText(batch, text.length, (row, column, value) => {
      const dictionary = dictionaries[column] as Map<string, number>
      const code = dictionary.get(value) ?? dictionary.size
      dictionary.set(value, code)
      ;(codes[column] as Int32Array)[start + row] = code
    })
    start += batch.rows
  }
  return text.map((name, column) => ({
    kind: 'text',
    name,
    codes: codes[column] as Int32Array,
    dictionary: [...(dictionaries[column] as Map<string, number>).keys()],
  }))
}

function eachText(
  { textBytes, text }: RowBatch,
  width: number,
  visit: (row: number, column: number, value: string) => void,
): void {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  let offset = 0
  for (const [index, length] of textBytes.entries()) {
    if (length < 0) continue
    visit(Math.floor(index / width), index % width, bytes.toString('utf8', offset, offset + length))
    offset += length
  }
}

/** One row of a batch as an instance: what was sent, without the columns that are no features. */
export function toInstance(batch: RowBatch, row: number, layout: RowLayout): Record<string, unknown> {
  const one = sliceRows(batch, row, row + 1)
  const numbers = layout.numeric.map((name, column): [string, unknown] => {
    const value = one.numbers[column] as number
    return [name, Number.isNaN(value) ? null : value]
  })
  const texts = layout.text.map((name): [string, unknown] => [name, null])
  eachText(one, layout.text.length, (_, column, value) => {
    texts[column] = [layout.text[column] as string, value]
  })
  return Object.fromEntries([...numbers, ...texts])
}
