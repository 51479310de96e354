import { type ErrorCode, type ErrorDetail, FlywheelError, shown } from '../contracts/errors.js'
import type { RowBatch } from './row-batch.js'
import { type Input, inputOf, largestBatch, RowWriter } from './row-writer.js'
import { layoutOf, type RowLayout, type Signature } from './signature.js'

const errorsShown = 100

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
    const width = this.layout.numeric.length
    if (instances.length * width > largestBatch) {
      const [rows, most] = [instances.length, Math.floor(largestBatch / width)]
      throw new FlywheelError('body-too-large', `${rows} rows, of which this version takes ${most} at once`)
    }
    const writer = new RowWriter(new Float64Array(instances.length * width))
    const errors: ErrorDetail[] = []
    for (const [row, instance] of instances.entries()) {
      if (errors.length >= errorsShown) break
      if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) {
        errors.push({ path: pathOf(row), expected: 'an object of columns', received: shown(instance) })
        continue
      }
      writer.at = row * width
      this.#readOne(instance as Record<string, unknown>, { writer, errors, path: pathOf(row) })
    }
    if (errors.length > 0) throw refusal(code, errors.slice(0, errorsShown))
    return writer.batch(instances.length)
  }

  #readOne(instance: Record<string, unknown>, { writer, errors, path }: Target): void {
    const errorsBefore = errors.length
    for (const input of this.#inputs) {
      const { name } = input
      const value = input.isInherited && !Object.hasOwn(instance, name) ? undefined : instance[name]
      const fault = writer.write(input, value)
      if (fault !== null) errors.push({ path: `${path}.${name}`, ...fault })
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

interface Target {
  readonly writer: RowWriter
  readonly errors: ErrorDetail[]
  readonly path: string
}

const refusal = (code: ErrorCode, errors: readonly ErrorDetail[]): FlywheelError =>
  new FlywheelError(
    code,
    errors
      .slice(0, 3)
      .map((error) => `${error.path}: expected ${error.expected}, received ${error.received}`)
      .join('; '),
    { errors },
  )
