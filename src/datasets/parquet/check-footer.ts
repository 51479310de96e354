import { open } from 'node:fs/promises'
import { FlywheelError } from '../../contracts/errors.js'
import { LIMITS } from '../limits.js'

const MAGIC = Buffer.from('PAR1')
/** The footer's length, and the magic. */
const TAIL_BYTES = 8
const MAX_FOOTER_BYTES = 128 * 1024 ** 2
/** A column of lists takes three elements of the schema. */
const MAX_ELEMENTS = 3 * LIMITS.columns + 1

/** Thrift's compact protocol: `field 1, i32`, the format's version; `field 2, a list` of structs, the schema. */
const VERSION_FIELD = 0x15
const SCHEMA_FIELD = 0x19
const STRUCT = 0x0c
/** A size that does not fit the list's header follows it. */
const LONG_LIST = 15

/**
 * Looks at a Parquet file's end before anything parses it: whether it is whole, and how many columns it claims.
 *
 * @throws FlywheelError dataset-invalid
 */
export async function checkFooter(path: string): Promise<void> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const read = async (length: number, position: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
      return buffer.subarray(0, bytesRead)
    }
    const tail = await read(TAIL_BYTES, Math.max(0, size - TAIL_BYTES))
    if (size < MAGIC.length + TAIL_BYTES || !tail.subarray(4).equals(MAGIC)) {
      throw damagedParquet('it does not end as one; it may have been cut off')
    }
    const length = tail.readUInt32LE(0)
    if (length > size - TAIL_BYTES - MAGIC.length) throw damagedParquet('its footer is longer than the file')
    if (length > MAX_FOOTER_BYTES) {
      throw new FlywheelError(
        'dataset-invalid',
        `The Parquet file’s footer has ${length} bytes; at most ${MAX_FOOTER_BYTES} are read`,
        { remedy: 'Write it with larger row groups or fewer columns' },
      )
    }
    checkSchema(await read(Math.min(length, 32), size - TAIL_BYTES - length))
  } finally {
    await file.close()
  }
}

function checkSchema(footer: Buffer): void {
  if (footer[0] !== VERSION_FIELD) throw damagedParquet('its footer is none')
  const [, schemaAt] = varint(footer, 1)
  const header = footer[schemaAt + 1] ?? 0
  if (footer[schemaAt] !== SCHEMA_FIELD || (header & 0x0f) !== STRUCT)
    throw damagedParquet('its footer is none')
  const [elements] = header >> 4 === LONG_LIST ? varint(footer, schemaAt + 2) : [header >> 4]
  if (elements <= MAX_ELEMENTS) return
  throw new FlywheelError(
    'dataset-invalid',
    `The data has ${elements - 1} columns; at most ${LIMITS.columns} are accepted`,
  )
}

/** A number in groups of seven bits, the lowest first. @returns it, and where the next byte stands */
function varint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0
  for (let group = 0; group < 5; group++) {
    const byte = bytes[at + group] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * group)
    if (byte < 0x80) return [value, at + group + 1]
  }
  throw damagedParquet('its footer is none')
}

export const damagedParquet = (what: string, cause?: unknown): FlywheelError =>
  new FlywheelError('dataset-invalid', `The Parquet file can not be read: ${what}`, {
    remedy: 'Write it again and upload it',
    cause,
  })
