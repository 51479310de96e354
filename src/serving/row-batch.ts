import { FlywheelError } from '../contracts/errors.js'
import type { Column, NumericColumn, Table } from '../contracts/table.js'
import { type PackedNumbers, packedBytes, packedType, unpackNumbers, writePacked } from './packed-numbers.js'
import type { RowLayout } from './signature.js'

/** Rows as they travel from the api to a predictor and into kept predictions; names stand in the {@link RowLayout}. */
export interface RowBatch {
  readonly rows: number
  /** [rows, numeric columns], row-major; NaN where the value is missing. */
  readonly numbers: PackedNumbers
  /** [rows, text columns], row-major: bytes of each text in `text`; −1 where the value is missing. */
  readonly textBytes: Int32Array
  /** UTF-8, one text after the other. */
  readonly text: Uint8Array
  /** [rows, columns of files], row-major: bytes of each file in `files`; −1 where it is missing. */
  readonly fileBytes: Int32Array
  /** One file after the other. */
  readonly files: Uint8Array
}

/** Of rows without such columns; shared, as most have none. */
export const noTexts = { textBytes: new Int32Array(0), text: new Uint8Array(0) } as const
export const noFiles = { fileBytes: new Int32Array(0), files: new Uint8Array(0) } as const

const headerBytes = 16
/** The numbers' type stands above the rows. */
const typeShift = 28

/**
 * Header (rows and the numbers' type, numbers, texts, text bytes; uint32 each), numbers, text lengths, text; then, where
 * there are columns of files, how many files there are (uint32), their lengths and the files; little-endian.
 *
 * @param options.room bytes that are left free in front
 */
export function encodeRows(batch: RowBatch, { room = 0 }: { room?: number } = {}): Buffer {
  const { rows, numbers, textBytes, text, fileBytes, files } = batch
  const code = packedType(numbers)
  const filesLength = fileBytes.length === 0 ? 0 : 4 + fileBytes.byteLength + files.byteLength
  const bytes = Buffer.allocUnsafe(
    room +
      headerBytes +
      numbers.length * packedBytes(code) +
      textBytes.byteLength +
      text.byteLength +
      filesLength,
  )
  let offset = room
  for (const value of [rows + code * 2 ** typeShift, numbers.length, textBytes.length, text.byteLength])
    offset = bytes.writeUInt32LE(value, offset)
  offset = writePacked(numbers, { code, bytes, at: offset })
  const write = (part: { readonly buffer: ArrayBufferLike; byteOffset: number; byteLength: number }) => {
    if (part.byteLength === 0) return
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset)
    offset += part.byteLength
  }
  for (const part of [textBytes, text]) write(part)
  if (fileBytes.length === 0) return bytes
  offset = bytes.writeUInt32LE(fileBytes.length, offset)
  for (const part of [fileBytes, files]) write(part)
  return bytes
}

/**
 * Its numbers may be a view on the bytes.
 *
 * @throws RangeError when the lengths in the header do not add up to the bytes that came
 */
export function decodeRows(bytes: Uint8Array): RowBatch {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.length < headerBytes) throw new RangeError('rows: the header is cut')
  const [rowsAndType, numbers] = [view.readUInt32LE(0), view.readUInt32LE(4)]
  const [texts, textLength] = [view.readUInt32LE(8), view.readUInt32LE(12)]
  const code = rowsAndType >>> typeShift
  const textsAt = headerBytes + numbers * packedBytes(code)
  const textEnd = textsAt + texts * 4 + textLength
  const files = readFiles(view, textEnd)
  const expected =
    files === null ? textEnd : textEnd + 4 + files.fileBytes.byteLength + sumOf(files.fileBytes)
  if (view.length !== expected) throw new RangeError(`rows: ${expected} bytes expected, ${view.length} came`)
  return {
    rows: rowsAndType % 2 ** typeShift,
    numbers: unpackNumbers(view.subarray(headerBytes, textsAt), code),
    ...(texts === 0
      ? noTexts
      : {
          textBytes: new Int32Array(copy(view, textsAt, textsAt + texts * 4)),
          text: new Uint8Array(copy(view, textsAt + texts * 4, textEnd)),
        }),
    ...(files ?? noFiles),
  }
}

/** Null where the rows have no column of files. */
function readFiles(view: Buffer, start: number): Pick<RowBatch, 'fileBytes' | 'files'> | null {
  if (view.length < start + 4) return null
  const filesAt = start + 4 + view.readUInt32LE(start) * 4
  return {
    fileBytes: new Int32Array(copy(view, start + 4, Math.min(filesAt, view.length))),
    files: new Uint8Array(copy(view, filesAt, view.length)),
  }
}

/** Bytes of values of which some are missing. */
const sumOf = (lengths: Int32Array): number => lengths.reduce((sum, length) => sum + Math.max(0, length), 0)

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
  const fileBytes = new Int32Array(sum((batch) => batch.fileBytes.length))
  const files = new Uint8Array(sum((batch) => batch.files.length))
  const at = { numbers: 0, textBytes: 0, text: 0, fileBytes: 0, files: 0 }
  for (const batch of batches) {
    numbers.set(batch.numbers, at.numbers)
    textBytes.set(batch.textBytes, at.textBytes)
    text.set(batch.text, at.text)
    fileBytes.set(batch.fileBytes, at.fileBytes)
    files.set(batch.files, at.files)
    for (const part of ['numbers', 'textBytes', 'text', 'fileBytes', 'files'] as const)
      at[part] += batch[part].length
  }
  return { rows: sum((batch) => batch.rows), numbers, textBytes, text, fileBytes, files }
}

/** Some rows of a batch, from `start` to before `end`, as a view on it. */
export function sliceRows(batch: RowBatch, start: number, end: number): RowBatch {
  if (start === 0 && end === batch.rows) return batch
  const [width, texts] = [batch.numbers.length / batch.rows, batch.textBytes.length / batch.rows]
  const blobs = batch.fileBytes.length / batch.rows
  const textUpTo = (row: number) => sumOf(batch.textBytes.subarray(0, texts * row))
  const filesUpTo = (row: number) => sumOf(batch.fileBytes.subarray(0, blobs * row))
  return {
    rows: end - start,
    numbers: batch.numbers.subarray(width * start, width * end),
    textBytes: batch.textBytes.subarray(texts * start, texts * end),
    text: batch.text.subarray(textUpTo(start), textUpTo(end)),
    fileBytes: batch.fileBytes.subarray(blobs * start, blobs * end),
    files: batch.files.subarray(filesUpTo(start), filesUpTo(end)),
  }
}

/** Memory that a batch takes. */
export const rowBytes = ({ numbers, textBytes, text, fileBytes, files }: RowBatch): number =>
  numbers.byteLength + textBytes.byteLength + text.byteLength + fileBytes.byteLength + files.byteLength

/**
 * Rows of one layout read by another would take their neighbours' values.
 *
 * @throws FlywheelError instances-invalid when the batch has not the layout's columns
 */
export function checkLayout(batch: RowBatch, { numeric, text, bytes = [] }: RowLayout): void {
  const columns = [numeric, text, bytes].map(({ length }) => length)
  const values = [batch.numbers, batch.textBytes, batch.fileBytes].map(({ length }) => length)
  if (values.every((count, kind) => count === batch.rows * (columns[kind] as number))) return
  const expected = `${batch.rows} rows of ${columns.join(', ')} numbers, texts and files`
  const received = `${values.join(', ')} of them`
  throw new FlywheelError('instances-invalid', `The rows: expected ${expected}, received ${received}`, {
    errors: [{ path: 'instances', expected, received }],
  })
}

/** The rows of several batches of one layout, one after the other, in columns. */
export function toTable(batches: readonly RowBatch[], layout: RowLayout): Table {
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const columns: Column[] = [
    ...withVectors(numericColumns(batches, layout, rows), layout, rows),
    ...textColumns(batches, layout, rows),
    ...bytesColumns(batches, layout),
  ]
  return { rows, columns }
}

/** The columns, those that make a vector together as one. */
function withVectors(
  columns: readonly NumericColumn[],
  { vectors = [] }: RowLayout,
  rows: number,
): readonly Column[] {
  if (vectors.length === 0) return columns
  const parts = new Set<NumericColumn>()
  const tensors = vectors.map(({ name, start, length }): Column => {
    const values = new Float32Array(rows * length)
    for (const [element, column] of columns.slice(start, start + length).entries()) {
      parts.add(column)
      for (let row = 0; row < rows; row++) values[row * length + element] = column.values[row] as number
    }
    return { kind: 'tensor', name, rowKind: 'vector', shape: [length], values }
  })
  return [...columns.filter((column) => !parts.has(column)), ...tensors]
}

function numericColumns(batches: readonly RowBatch[], { numeric }: RowLayout, rows: number): NumericColumn[] {
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

function bytesColumns(batches: readonly RowBatch[], { bytes = [] }: RowLayout): Column[] {
  const all = batches.flatMap((batch) => filesOf(batch))
  return bytes.map((name, column) => ({
    kind: 'bytes',
    name,
    values: all.filter((_, index) => index % bytes.length === column),
  }))
}

/** [rows, columns of files]: views on the batch. */
function filesOf({ fileBytes, files }: RowBatch): (Uint8Array | null)[] {
  let offset = 0
  return Array.from(fileBytes, (length) => {
    if (length < 0) return null
    offset += length
    return files.subarray(offset - length, offset)
  })
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
  const vectors = (layout.vectors ?? []).map(({ name, start, length }): [string, unknown] => {
    const values = numbers.slice(start, start + length).map(([, value]) => value)
    return [name, values.includes(null) ? null : values]
  })
  const inVectors = new Set(
    (layout.vectors ?? []).flatMap(({ start, length }) => numbers.slice(start, start + length)),
  )
  const singles = numbers.filter((entry) => !inVectors.has(entry))
  const texts = layout.text.map((name): [string, unknown] => [name, null])
  eachText(one, layout.text.length, (_, column, value) => {
    texts[column] = [layout.text[column] as string, value]
  })
  const files = filesOf(one).map((file, column): [string, unknown] => {
    const bytes = file && Buffer.from(file.buffer, file.byteOffset, file.byteLength)
    return [layout.bytes?.[column] as string, bytes === null ? null : bytes.toString('base64')]
  })
  return Object.fromEntries([...singles, ...vectors, ...texts, ...files])
}
