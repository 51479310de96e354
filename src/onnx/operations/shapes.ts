import type { Value } from '../builder.js'
import { onnxType } from '../builder.js'
import { OnnxType } from '../model-proto.js'
import type { Conversion, Conversions, Operation } from '../operation.js'

const axis = (value: number) => ({ axis: { int: value } })

/** How many numbers a vector of sizes has, be it constant or computed: that is the rank of what it shapes. */
function lengthOf(operation: Operation, i: number): number {
  const { constant, length } = operation.input(i)
  const size = constant?.shape[0] ?? length
  if (size === undefined) throw operation.refused('to a shape of unknown rank')
  return size
}

const shape: Conversion = ({ to, inputs: [x] }) => ({
  rank: 1,
  name: to.one('Cast', [to.one('Shape', [to.name(x as Value)])], { to: { int: OnnxType.INT32 } }),
})

const reshape: Conversion = (operation) => ({
  rank: lengthOf(operation, 1),
  name: operation.to.one('Reshape', [operation.name(0), operation.to.sizes(operation.input(1))]),
})

const transpose: Conversion = (operation) => {
  const perm = operation.integers(1)
  return {
    rank: perm.length,
    name: operation.to.one('Transpose', [operation.name(0)], { perm: { ints: perm } }),
  }
}

const gather: Conversion = (operation) => {
  if (operation.number('batch_dims') > 0) throw operation.refused('by batches')
  const rank = operation.input(0).rank - 1 + operation.input(1).rank
  const names = [operation.name(0), operation.name(1)]
  return { rank, name: operation.to.one('Gather', names, axis(operation.integer(2))) }
}

const unpack: Conversion = (operation) => {
  const { to } = operation
  const [along, count] = [operation.number('axis'), operation.number('num')]
  const sizes = to.ints(new Array<number>(count).fill(1))
  const parts = to.many('Split', [operation.name(0), sizes], axis(along), count)
  const rank = operation.input(0).rank - 1
  return parts.map((part) => ({ rank, name: to.one('Squeeze', [part, to.ints([along])]) }))
}

const splitV: Conversion = (operation) => {
  const sizes = operation.integers(1)
  if (sizes.includes(-1)) throw operation.refused('with a size that is left open')
  const inputs = [operation.name(0), operation.to.ints(sizes)]
  const parts = operation.to.many('Split', inputs, axis(operation.integer(2)), sizes.length)
  return parts.map((name) => ({ rank: operation.input(0).rank, name }))
}

const concat: Conversion = (operation) => {
  const last = operation.inputs.length - 1
  const parts = operation.inputs.slice(0, last)
  const names = parts.map((part) => operation.to.name(part))
  return {
    rank: parts[0]?.rank as number,
    name: operation.to.one('Concat', names, axis(operation.integer(last))),
  }
}

const pack: Conversion = (operation) => {
  const { to } = operation
  const along = operation.number('axis')
  const names = operation.inputs.map((part) => to.one('Unsqueeze', [to.name(part), to.ints([along])]))
  return { rank: (operation.inputs[0]?.rank as number) + 1, name: to.one('Concat', names, axis(along)) }
}

const expandDims: Conversion = (operation) => ({
  rank: operation.input(0).rank + 1,
  name: operation.to.one('Unsqueeze', [operation.name(0), operation.to.ints([operation.integer(1)])]),
})

/** From `begin`, `size` elements of each axis; −1 is all that are left. */
const slice: Conversion = (operation) => {
  const { to } = operation
  const begin = operation.input(1)
  const starts = to.sizes(begin)
  const size = operation.input(2)
  let ends: string
  if (begin.constant && size.constant) {
    const first = operation.integers(1)
    const all = Number.MAX_SAFE_INTEGER
    ends = to.ints(
      operation.integers(2).map((count, i) => (count === -1 ? all : (first[i] as number) + count)),
    )
  } else ends = to.one('Add', [starts, to.sizes(size)])
  return { rank: operation.input(0).rank, name: to.one('Slice', [operation.name(0), starts, ends]) }
}

const pad: Conversion = (operation) => {
  const paddings = operation.integers(1)
  const [before, after] = [0, 1].map((side) => paddings.filter((_, i) => i % 2 === side)) as [
    number[],
    number[],
  ]
  const inputs = [operation.name(0), operation.to.ints([...before, ...after])]
  if (operation.inputs.length > 2) inputs.push(operation.name(2))
  return { rank: operation.input(0).rank, name: operation.to.one('Pad', inputs) }
}

const fill: Conversion = (operation) => {
  const { dtype, bytes } = operation.constant(1)
  const value = { name: '', type: onnxType(dtype), shape: [1], bytes }
  const sizes = operation.to.sizes(operation.input(0))
  return {
    rank: lengthOf(operation, 0),
    name: operation.to.one('ConstantOfShape', [sizes], { value: { tensor: value } }),
  }
}

const tile: Conversion = (operation) => ({
  rank: operation.input(0).rank,
  name: operation.to.one('Tile', [operation.name(0), operation.to.sizes(operation.input(1))]),
})

const reduce =
  (op: 'Mean' | 'Sum' | 'Max' | 'Min'): Conversion =>
  (operation) => {
    const { to } = operation
    const x = operation.input(0)
    const axes = operation.integers(1).map((each) => (each < 0 ? each + x.rank : each))
    const keep = operation.isSet('keep_dims')
    const keepdims = { keepdims: { int: keep ? 1 : 0 } }
    const rank = keep ? x.rank : x.rank - axes.length
    // Over height and width an image may stay with its channels first.
    const isOverPlaces = !keep && x.channelsFirst !== undefined && `${axes}` === '1,2'
    const [name, over] = isOverPlaces ? [to.channelsFirst(x), [2, 3]] : [to.name(x), axes]
    if (op === 'Sum') return { rank, name: to.one('ReduceSum', [name, to.ints(over)], keepdims) }
    return { rank, name: to.one(`Reduce${op}`, [name], { axes: { ints: over }, ...keepdims }) }
  }

export const shapes: Conversions = {
  Shape: shape,
  Reshape: reshape,
  Transpose: transpose,
  GatherV2: gather,
  Unpack: unpack,
  SplitV: splitV,
  ConcatV2: concat,
  Pack: pack,
  ExpandDims: expandDims,
  Slice: slice,
  PadV2: pad,
  Pad: pad,
  Fill: fill,
  Tile: tile,
  Mean: reduce('Mean'),
  Sum: reduce('Sum'),
  Max: reduce('Max'),
  Min: reduce('Min'),
}
