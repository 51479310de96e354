import { kindOfType } from '../contracts/dataset.js'
import { type ErrorCode, type ErrorDetail, FlywheelError, shown } from '../contracts/errors.js'
import { MISSING_WORDS } from '../datasets/cell-grammar.js'
import { isDate, isoTime } from '../datasets/iso-time.js'
import { LIMITS } from '../datasets/limits.js'
import { isVector } from '../datasets/vector-text.js'
import { readImage } from './read-image.js'
import type { RowBatch } from './row-batch.js'
import { layoutOf, type RowLayout, type Signature } from './signature.js'

const errorsShown = 100
const expectedOf = {
  number: 'a finite number or null',
  integer: 'a finite number or null',
  boolean: 'a boolean or null',
  category: 'a text or null',
  text: 'a text or null',
  identifier: 'a text or null',
  list: 'a list of texts, a text or null',
  date: 'a date as ISO 8601, or null',
  vector: 'a list of numbers or null',
  image: 'an image as base64, or null',
} as const

/**
 * Makes the reader of one version's instances: checks and copies in one pass, as a schema validator would cost
 * more than the copy itself (a row of 784 named numbers: 6 µs here).
 */
export function instanceReader(signature: Signature): InstanceReader {
  return new InstanceReader(signature)
}

export class InstanceReader {
  readonly layout: RowLayout
  readonly #inputs: readonly Input[]
  readonly #known: ReadonlySet<string>

  constructor(signature: Signature) {
    this.#inputs = signature.inputs.map(inputOf)
    this.#known = new Set([...signature.inputs.map((input) => input.name), ...signature.ignored])
    this.layout = layoutOf(signature)
  }

  /**
   * Reads a list of instances as it came in the request.
   *
   * @param path where the list stands in the request, for messages
   * @throws FlywheelError that names every column: "instances[3].age"
   */
  read(
    instances: unknown,
    { path = 'instances', code = 'instances-invalid' }: { path?: string; code?: ErrorCode } = {},
  ): RowBatch {
    if (!Array.isArray(instances) || instances.length === 0) {
      throw refusal(code, [{ path, expected: 'a list of at least one object', received: shown(instances) }])
    }
    return this.readEach(instances, (row) => `${path}[${row}]`, code)
  }

  /** As {@link read}, for instances that stand at places of their own. */
  readEach(instances: readonly unknown[], pathOf: (row: number) => string, code: ErrorCode): RowBatch {
    const numbers = new Float64Array(instances.length * this.layout.numeric.length)
    const texts: (string | null)[] = []
    const files: (Uint8Array | null)[] = []
    const errors: ErrorDetail[] = []
    for (const [row, instance] of instances.entries()) {
      if (errors.length >= errorsShown) break
      if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) {
        errors.push({ path: pathOf(row), expected: 'an object of columns', received: shown(instance) })
        continue
      }
      this.#readOne(instance as Record<string, unknown>, row, {
        numbers,
        texts,
        files,
        errors,
        path: pathOf(row),
      })
    }
    if (errors.length > 0) throw refusal(code, errors.slice(0, errorsShown))
    return { rows: instances.length, numbers, ...packed(texts), ...packedFiles(files) }
  }

  #readOne(instance: Record<string, unknown>, row: number, target: Target): void {
    const { numbers, texts, files, errors, path } = target
    const errorsBefore = errors.length
    let at = row * this.layout.numeric.length
    for (const input of this.#inputs) {
      const { name, kind } = input
      const value = input.isInherited && !Object.hasOwn(instance, name) ? undefined : instance[name]
      if (kind === 'vector') {
        if (!writeVector(value, { numbers, at, length: input.length }))
          errors.push(complaint(path, input, value))
        at += input.length
        continue
      }
      if (kind === 'text') {
        const text = asText(value, input.type)
        if (typeof text === 'string' && isTooLong(text)) errors.push(tooLong(path, input, text))
        else if (typeof text === 'string' || text === null) texts.push(text === null ? null : textOf(text))
        else errors.push(complaint(path, input, value))
        continue
      }
      if (kind === 'image') {
        const image = readImage(value)
        if (image === null || image instanceof Uint8Array) files.push(image)
        else errors.push({ path: `${path}.${name}`, ...image })
        continue
      }
      const number = numberReaders[kind](value)
      if (number === undefined) errors.push(complaint(path, input, value))
      numbers[at] = number ?? Number.NaN
      at += 1
    }
    const names = Object.keys(instance)
    // All features are there and nothing else: the common case, in which no name needs to be looked up.
    if (errors.length === errorsBefore && names.length === this.#inputs.length) return
    for (const name of names) {
      if (!this.#known.has(name)) {
        errors.push({ path: `${path}.${name}`, expected: 'no such column', received: shown(instance[name]) })
      }
    }
  }
}

interface Input {
  readonly name: string
  readonly type: Signature['inputs'][number]['type']
  readonly kind: 'number' | 'boolean' | 'date' | 'text' | 'vector' | 'image'
  /** Numbers of a vector. */
  readonly length: number
  /** Every object has something of that name, "constructor" for one: it counts only when it is the object's own. */
  readonly isInherited: boolean
}

const inputOf = ({ name, type, length = 1 }: Signature['inputs'][number]): Input => ({
  name,
  type,
  kind: readers[kindOfType(type)] ?? (type === 'boolean' || type === 'date' ? type : 'number'),
  length,
  isInherited: name in Object.prototype,
})

const readers = { text: 'text', bytes: 'image', tensor: 'vector', numeric: null } as const

interface Target {
  readonly numbers: Float64Array
  readonly texts: (string | null)[]
  readonly files: (Uint8Array | null)[]
  readonly errors: ErrorDetail[]
  readonly path: string
}

/** As datasets are read: trimmed, and null where the text stands for no value. */
function textOf(value: string): string | null {
  const text = value.replace(/^[ \t]+|[ \t]+$/g, '')
  return text === '' || missingWords.has(text) ? null : text
}

const missingWords: ReadonlySet<string> = new Set(MISSING_WORDS)

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : value === null ? Number.NaN : undefined

/** Boolean columns are stored as 0 and 1: both spellings are understood. */
function booleanOf(value: unknown): number | undefined {
  if (value === true || value === 1) return 1
  if (value === false || value === 0) return 0
  return value === null ? Number.NaN : undefined
}

/** Milliseconds since 1970: as text, as kept predictions have it, or missing. */
function dateOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return numberOf(value)
  const text = textOf(value)
  if (text === null) return Number.NaN
  return isDate(text) ? isoTime(text) : undefined
}

const numberReaders = { number: numberOf, boolean: booleanOf, date: dateOf } as const

/** Lists may come as such, identifiers as numbers: they are stored as texts. */
function asText(value: unknown, type: Input['type']): unknown {
  if (type === 'list' && Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return JSON.stringify(value)
  }
  return type === 'identifier' && typeof value === 'number' ? String(value) : value
}

/** @returns whether it is a vector of that length, or missing */
function writeVector(
  value: unknown,
  { numbers, at, length }: { numbers: Float64Array; at: number; length: number },
): boolean {
  if (value === null) {
    numbers.fill(Number.NaN, at, at + length)
    return true
  }
  if (!isVector(value) || value.length !== length) return false
  numbers.set(value, at)
  return true
}

/** As a dataset's cells are bounded. A UTF-16 unit is at most three bytes of UTF-8. */
const isTooLong = (value: string): boolean =>
  value.length > LIMITS.cellBytes / 3 && Buffer.byteLength(value) > LIMITS.cellBytes

const tooLong = (path: string, { name }: Input, value: string): ErrorDetail => ({
  path: `${path}.${name}`,
  expected: `a text of at most ${LIMITS.cellBytes} bytes`,
  received: `${Buffer.byteLength(value)} bytes, ${shown(value.slice(0, 50))}`,
})

const complaint = (path: string, input: Input, value: unknown): ErrorDetail => ({
  path: `${path}.${input.name}`,
  expected: input.kind === 'vector' ? `a list of ${input.length} numbers or null` : expectedOf[input.type],
  received: typeof value === 'number' && !Number.isFinite(value) ? String(value) : shown(value),
})

const refusal = (code: ErrorCode, errors: readonly ErrorDetail[]): FlywheelError =>
  new FlywheelError(
    code,
    errors
      .slice(0, 3)
      .map((error) => `${error.path}: expected ${error.expected}, received ${error.received}`)
      .join('; '),
    { errors },
  )

function packed(texts: readonly (string | null)[]): Pick<RowBatch, 'textBytes' | 'text'> {
  const textBytes = Int32Array.from(texts, (text) => (text === null ? -1 : Buffer.byteLength(text)))
  const text = Buffer.allocUnsafe(textBytes.reduce((sum, length) => sum + Math.max(0, length), 0))
  let offset = 0
  for (const value of texts) if (value !== null) offset += text.write(value, offset)
  return { textBytes, text }
}

function packedFiles(values: readonly (Uint8Array | null)[]): Pick<RowBatch, 'fileBytes' | 'files'> {
  const fileBytes = Int32Array.from(values, (value) => value?.length ?? -1)
  return { fileBytes, files: Buffer.concat(values.filter((value) => value !== null)) }
}
