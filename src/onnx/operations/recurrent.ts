import type { Conversion, Conversions } from '../operation.js'

/**
 * All steps of an LSTM from states of 0. Weights [features + units, 4 · units] with the gates input, forget,
 * candidate, output become ONNX's two, [1, 4 · units, …] with input, output, forget, candidate.
 */
const blockLstm: Conversion = (operation) => {
  const { to } = operation
  if (operation.isSet('use_peephole')) throw operation.refused('with peepholes')
  const [x, weights] = [operation.name(1), operation.name(4)]
  const bias = operation.constant(8)
  const units = (bias.shape[0] as number) / 4

  const inOrder = (gates: string, axis: number): string => {
    const sizes = to.ints([units, units, units, units])
    const [i, f, candidate, o] = to.many('Split', [gates, sizes], { axis: { int: axis } }, 4) as Four
    return to.one('Concat', [i, o, f, candidate], { axis: { int: axis } })
  }
  const direction = to.ints([0])
  const matrix = (starts: number, ends: number): string => {
    const part = to.one('Slice', [weights, to.ints([starts]), to.ints([ends]), to.ints([0])])
    const turned = to.one('Transpose', [inOrder(part, 1)], { perm: { ints: [1, 0] } })
    return to.one('Unsqueeze', [turned, direction])
  }
  const ofInput = matrix(0, -units)
  const ofOutput = matrix(-units, Number.MAX_SAFE_INTEGER)
  const own = inOrder(to.name(operation.input(8)), 0)
  const none = to.floats([4 * units], new Float32Array(4 * units)) // ONNX has a second bias
  const biases = to.one('Unsqueeze', [to.one('Concat', [own, none], { axis: { int: 0 } }), direction])
  const outputs = to.one('LSTM', [x, ofInput, ofOutput, biases], { hidden_size: { int: units } })
  const inner = new Array<undefined>(6).fill(undefined) // gates and cells
  return [...inner, { rank: 3, name: to.one('Squeeze', [outputs, to.ints([1])]) }]
}

type Four = [string, string, string, string]

export const recurrent: Conversions = { BlockLSTMV2: blockLstm }
