import type { JsonNode } from '../tensorflow/graph/graph-def-json.js'
import { type Constant, integersOf, type OnnxBuilder, type Value, withoutForm } from './builder.js'

/** A node of TensorFlow's graph whose inputs are converted. */
export class Operation {
  readonly to: OnnxBuilder
  readonly inputs: readonly Value[]
  readonly #node: JsonNode

  constructor(node: JsonNode, { inputs, to }: { inputs: readonly Value[]; to: OnnxBuilder }) {
    this.#node = node
    this.inputs = inputs
    this.to = to
  }

  input(i: number): Value {
    const value = this.inputs[i]
    if (value === undefined) throw new RangeError(`${this.#node.op} has no input ${i}`)
    return value
  }

  /** The name of an input. */
  name(i: number): string {
    return this.to.name(this.input(i))
  }

  constant(i: number): Constant {
    const { constant } = this.input(i)
    if (!constant) throw this.refused(`whose input ${i} is computed`)
    return constant
  }

  integers(i: number): number[] {
    return integersOf(this.constant(i))
  }

  integer(i: number): number {
    return this.integers(i)[0] as number
  }

  isSet(attribute: string): boolean {
    return this.#value(attribute, 'b') === true
  }

  number(attribute: string): number {
    return Number(this.#value(attribute, 'i') ?? this.#value(attribute, 'f'))
  }

  text(attribute: string): string {
    return Buffer.from(this.#value(attribute, 's') as string, 'base64').toString()
  }

  type(attribute: string): string {
    return this.#value(attribute, 'type') as string
  }

  numbers(attribute: string): number[] {
    const { i = [] } = this.#value(attribute, 'list') as { i?: string[] }
    return i.map(Number)
  }

  refused(why: string): Error {
    return withoutForm(this.#node.op, why)
  }

  #value(attribute: string, kind: string): unknown {
    return (this.#node.attr[attribute] as Record<string, unknown> | undefined)?.[kind]
  }
}

/** Writes an operation's ONNX form; gives its outputs, undefined where one has none. */
export type Conversion = (operation: Operation) => Value | readonly (Value | undefined)[]
export type Conversions = Readonly<Record<string, Conversion>>
