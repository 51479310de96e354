import { createHash } from 'node:crypto'
import { FlywheelError } from '../contracts/errors.js'
import { DataType } from '../tensorflow/data-types.js'
import { type OnnxAttribute, type OnnxNode, type OnnxTensor, OnnxType } from './model-proto.js'

/** A constant of the graph that is converted. */
export interface Constant {
  readonly dtype: number
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/**
 * What a node's output has become: a constant, or the name of a tensor. Images may stand with their channels first,
 * [rows, channels, height, width], as ONNX's operations have them; each form is made when something asks for it.
 */
export interface Value {
  readonly rank: number
  readonly constant?: Constant
  /** Of a vector: how many numbers it has, where that is known. */
  readonly length?: number | undefined
  name?: string
  channelsFirst?: string
}

type Attributes = Readonly<Record<string, OnnxAttribute>>

/** Collects the nodes and initializers of a model. */
export class OnnxBuilder {
  readonly nodes: OnnxNode[] = []
  readonly initializers: OnnxTensor[] = []
  readonly #known = new Map<string, string>()
  #made = 0

  /** Adds a node and gives its outputs' names. */
  many(op: string, inputs: readonly string[], attributes: Attributes, outputs: number): string[] {
    const names = Array.from({ length: outputs }, () => `t${this.#made++}`)
    this.nodes.push({ op, inputs, outputs: names, attributes })
    return names
  }

  one(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.many(op, inputs, attributes, 1)[0] as string
  }

  /** Equal constants are stored once. */
  tensor(type: number, shape: readonly number[], bytes: Uint8Array): string {
    const key = `${type} ${shape} ${createHash('sha1').update(bytes).digest('base64')}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const name = `c${this.initializers.length}`
    this.initializers.push({ name, type, shape, bytes })
    this.#known.set(key, name)
    return name
  }

  /** A vector of int64: sizes, axes. */
  ints(values: readonly number[]): string {
    return this.tensor(OnnxType.INT64, [values.length], int64(values))
  }

  floats(shape: readonly number[], values: Float32Array): string {
    return this.tensor(OnnxType.FLOAT, shape, new Uint8Array(values.slice().buffer))
  }

  /** The name of a value; images with their channels last, as in the graph that is converted. */
  name(value: Value): string {
    value.name ??= value.constant
      ? this.tensor(onnxType(value.constant.dtype), value.constant.shape, value.constant.bytes)
      : this.one('Transpose', [value.channelsFirst as string], { perm: { ints: [0, 2, 3, 1] } })
    return value.name
  }

  /** The name of an image's form with channels first. */
  channelsFirst(value: Value): string {
    value.channelsFirst ??= this.one('Transpose', [this.name(value)], { perm: { ints: [0, 3, 1, 2] } })
    return value.channelsFirst
  }

  /** The same numbers as int64, which ONNX asks for as sizes. */
  sizes(value: Value): string {
    const { constant } = value
    if (!constant) return this.one('Cast', [this.name(value)], { to: { int: OnnxType.INT64 } })
    return this.tensor(OnnxType.INT64, constant.shape, int64(integersOf(constant)))
  }
}

const int64 = (values: readonly number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values, BigInt).buffer)

export function integersOf({ dtype, bytes }: Constant): number[] {
  if (dtype !== DataType.INT32) throw new TypeError(`expected integers; received data of type ${dtype}`)
  return [...new Int32Array(Uint8Array.from(bytes).buffer)]
}

export const floatsOf = ({ bytes }: Constant): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer)

const types: Readonly<Record<number, number>> = {
  [DataType.FLOAT]: OnnxType.FLOAT,
  [DataType.INT32]: OnnxType.INT32,
  [DataType.BOOL]: OnnxType.BOOL,
}

export function onnxType(dtype: number): number {
  const type = types[dtype]
  if (type === undefined) throw withoutForm('Cast', `to TensorFlow’s type ${dtype}`)
  return type
}

/** The error of an operation that has no ONNX form here; see `hasNoOnnxForm`. */
export const withoutForm = (operation: string, why: string): FlywheelError =>
  new FlywheelError('job-failed', `There is no ONNX form of ${operation} ${why}`.trim(), {
    members: { operation, onnx: 'no-form' },
  })

export const hasNoOnnxForm = (error: unknown): boolean =>
  error instanceof FlywheelError && error.members.onnx === 'no-form'
