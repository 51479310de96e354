import { open } from 'node:fs/promises'
import { FlywheelError } from '../contracts/errors.js'
import {
  HEAD_BYTES,
  type IngestRequest,
  type ReadableFile,
  type Reader,
  type ReadingOptions,
  type Recognition,
  type Signature,
} from '../contracts/reader.js'
import type { Readers } from './catalogue.js'
import { refuseForeign } from './foreign-files.js'

/** Text that could be anything is this. */
const ANY_TEXT = 'csv'

/**
 * The reader of a file: the one that is asked for, else the one that its content is sure to be for; where several are
 * possible, what the sender declares, else CSV.
 *
 * @throws FlywheelError dataset-invalid for what no reader takes, or not the one that is asked for; request-invalid for
 *   options that the reader does not take
 */
export async function readerOf(
  file: ReadableFile,
  {
    format,
    declared,
    reading,
    readers,
  }: Pick<IngestRequest, 'format' | 'declared' | 'reading'> & { readers: Readers },
): Promise<Reader> {
  refuseForeign(file.head)
  const reader =
    format === undefined
      ? await recognised(file, { declared, readers })
      : await asked(file, { format, readers })
  checkOptions(reader, reading ?? {})
  return reader
}

async function recognised(
  file: ReadableFile,
  { declared, readers }: { declared: string | undefined; readers: Readers },
): Promise<Reader> {
  const possible: Reader[] = []
  for (const reader of readers.values()) {
    const recognition = await recognitionBy(reader, { file, readers })
    if (recognition === 'sure') return reader
    if (recognition === 'possible') possible.push(reader)
  }
  const named = (name: string | undefined) => possible.find((reader) => reader.name === name)
  // A signature says more than what any text may be.
  const binary = possible.find(({ signatures }) => signatures.length > 0)
  const found = binary ?? named(declared) ?? named(ANY_TEXT) ?? possible[0]
  if (found !== undefined) return found
  throw new FlywheelError(
    'dataset-invalid',
    `The file is nothing that is read here; expected ${titles(readers)}`,
    {
      remedy: 'Send the data in one of these formats',
    },
  )
}

async function asked(
  file: ReadableFile,
  { format, readers }: { format: string; readers: Readers },
): Promise<Reader> {
  const reader = readers.get(format)
  if (reader === undefined) {
    const expected = `one of ${[...readers.keys()].join(', ')}`
    throw new FlywheelError('request-invalid', `format: expected ${expected}, received "${format}"`, {
      errors: [{ path: 'format', expected, received: `"${format}"` }],
    })
  }
  if ((await recognitionBy(reader, { file, readers })) !== 'no') return reader
  const other = await recognised(file, { declared: undefined, readers })
  throw new FlywheelError('dataset-invalid', `The file is ${other.title}; format asks for ${reader.title}`, {
    remedy: 'Leave format out, or send a file of that format',
  })
}

/** Whether the file is of a format that is no text. */
export const isBinary = (head: Uint8Array, readers: Readers): boolean =>
  [...readers.values()].some(({ signatures }) => signatures.some((signature) => holds(head, signature)))

/** A binary file is for the readers whose signature it holds, text for those that have none. */
function recognitionBy(
  reader: Reader,
  { file, readers }: { file: ReadableFile; readers: Readers },
): Recognition | Promise<Recognition> {
  const { signatures } = reader
  const { head } = file
  const isFor =
    signatures.length > 0
      ? signatures.some((signature) => holds(head, signature))
      : !(head.includes(0) && isBinary(head, readers))
  return isFor ? reader.recognise(file) : 'no'
}

const holds = (head: Uint8Array, { at, bytes }: Signature): boolean =>
  head.length >= at + bytes.length && bytes.every((byte, i) => head[at + i] === byte)

function checkOptions(reader: Reader, reading: ReadingOptions): void {
  const given = Object.keys(reading) as (keyof ReadingOptions)[]
  const useless = given.filter((name) => reading[name] !== undefined && !reader.options.includes(name))
  const [first] = useless
  if (first === undefined) return
  const taken = reader.options.length === 0 ? 'none' : reader.options.join(', ')
  throw new FlywheelError(
    'request-invalid',
    `The file is ${reader.title}, which ${first} says nothing about`,
    {
      errors: useless.map((path) => ({
        path,
        expected: `an option of ${reader.title}: ${taken}`,
        received: path,
      })),
      remedy: 'Leave the option out',
    },
  )
}

/** "CSV, NDJSON, a Parquet file". */
const titles = (readers: Readers): string => [...readers.values()].map(({ title }) => title).join(', ')

/** A file with its first bytes. */
export async function readableFile(path: string): Promise<ReadableFile> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, HEAD_BYTES)), 0)
    return { path, sizeBytes: size, head: buffer.subarray(0, bytesRead) }
  } finally {
    await file.close()
  }
}
