import type { Value } from '../builder.js'
import { OnnxType } from '../model-proto.js'
import type { Conversion, Conversions, Operation } from '../operation.js'

/** Of one tensor, in whichever form an image stands. */
const unary =
  (op: string): Conversion =>
  ({ to, inputs: [x] }) =>
    mapped(x as Value, (name) => to.one(op, [name]), to)

function mapped(x: Value, write: (name: string) => string, to: Operation['to']): Value {
  if (x.name === undefined && x.channelsFirst !== undefined) {
    return { rank: 4, channelsFirst: write(x.channelsFirst) }
  }
  return { rank: x.rank, name: write(to.name(x)) }
}

/** Of two tensors that are broadcast; two images with channels first stay so. */
const binary =
  (op: string): Conversion =>
  (operation) => {
    const { to } = operation
    const [a, b] = [operation.input(0), operation.input(1)]
    const isFirst = (x: Value) => x.rank === 4 && x.channelsFirst !== undefined
    if (isFirst(a) && isFirst(b)) {
      return { rank: 4, channelsFirst: to.one(op, [to.channelsFirst(a), to.channelsFirst(b)]) }
    }
    const length = lengthOf(a) ?? lengthOf(b)
    return { rank: Math.max(a.rank, b.rank), length, name: to.one(op, [to.name(a), to.name(b)]) }
  }

const lengthOf = ({ rank, length, constant }: Value): number | undefined =>
  rank === 1 ? (length ?? constant?.shape[0]) : undefined

/** x [..., channels] + bias [channels]. */
const biasAdd: Conversion = (operation) => {
  const { to } = operation
  const [x, bias] = [operation.input(0), operation.input(1)]
  if (x.channelsFirst === undefined || bias.constant === undefined) return binary('Add')(operation)
  const { dtype, shape, bytes } = bias.constant
  const channels = to.name({ rank: 3, constant: { dtype, bytes, shape: [...shape, 1, 1] } })
  return { rank: 4, channelsFirst: to.one('Add', [x.channelsFirst, channels]) }
}

const types: Readonly<Record<string, number>> = {
  DT_FLOAT: OnnxType.FLOAT,
  DT_INT32: OnnxType.INT32,
  DT_INT64: OnnxType.INT64,
  DT_BOOL: OnnxType.BOOL,
}

const cast: Conversion = (operation) => {
  const type = types[operation.type('DstT')]
  if (type === undefined) throw operation.refused(`to ${operation.type('DstT')}`)
  const { rank } = operation.input(0)
  return { rank, name: operation.to.one('Cast', [operation.name(0)], { to: { int: type } }) }
}

const square: Conversion = (operation) => {
  const name = operation.name(0)
  return { rank: operation.input(0).rank, name: operation.to.one('Mul', [name, name]) }
}

const rsqrt: Conversion = (operation) => {
  const root = operation.to.one('Sqrt', [operation.name(0)])
  return { rank: operation.input(0).rank, name: operation.to.one('Reciprocal', [root]) }
}

const softmax: Conversion = (operation) => ({
  rank: operation.input(0).rank,
  name: operation.to.one('Softmax', [operation.name(0)], { axis: { int: -1 } }),
})

/** Operations on each element, and those along the last axis. */
export const elementwise: Conversions = {
  Relu: unary('Relu'),
  Elu: unary('Elu'),
  Selu: unary('Selu'),
  Softplus: unary('Softplus'),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Abs: unary('Abs'),
  Neg: unary('Neg'),
  Exp: unary('Exp'),
  Log: unary('Log'),
  Sqrt: unary('Sqrt'),
  Erf: unary('Erf'),
  Identity: unary('Identity'),
  Square: square,
  Rsqrt: rsqrt,
  Add: binary('Add'),
  AddV2: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  RealDiv: binary('Div'),
  Minimum: binary('Min'),
  Maximum: binary('Max'),
  Greater: binary('Greater'),
  BiasAdd: biasAdd,
  Cast: cast,
  Softmax: softmax,
}
