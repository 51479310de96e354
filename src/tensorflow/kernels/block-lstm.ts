import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { kernelDevices } from '../kernel-devices.js'
import { nativeOf } from '../native.js'
import {
  type Backend,
  boolAttribute,
  float32,
  floatAttribute,
  operationsOf,
  typeAttribute,
} from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'BlockLSTMV2'
const gradientName = 'LSTMBlockCellGrad'

/** Registers the operation that runs a whole sequence, where TensorFlow has it for the device: see `hasBlockLstm`. */
export function registerBlockLstm(tf: TensorFlow): void {
  const backend = tf.backend() as unknown as Backend
  const device = backend.binding.isUsingGpuDevice() ? 'GPU' : 'CPU'
  const has = (operation: string) => kernelDevices(nativeOf(tf), operation).has(device)
  if (!has(kernelName) || !has(gradientName)) return

  const attributes = [floatAttribute('cell_clip', 0), float32, boolAttribute('use_peephole', false)]
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs }) => {
      const { x, weights, bias } = inputs as { x: Tensor; weights: Tensor; bias: Tensor }
      const [steps, rows] = x.shape as [number, number, number]
      const { binding } = backend
      return tf.tidy(() => {
        // int64, which no tfjs tensor can be, so it stays a handle.
        const toInt64 = [typeAttribute('SrcT', DataType.INT32), typeAttribute('DstT', DataType.INT64)]
        const [length] = binding.executeOp(
          'Cast',
          [...toInt64, boolAttribute('Truncate', false)],
          backend.getInputTensorIds([tf.scalar(steps, 'int32')]),
          1,
        ) as unknown as [{ id: number }]
        try {
          const { state, peephole } = unused(tf, { rows, units: bias.size / 4 })
          const given = [x, state, state, weights, peephole, peephole, peephole, bias]
          const ids = [length.id, ...backend.getInputTensorIds(given)]
          return binding
            .executeOp(kernelName, attributes, ids, 7)
            .map((made) => backend.createOutputTensor(made))
        } finally {
          binding.deleteTensor(length.id)
        }
      })
    },
  })
}

/** Whether the device has it: CPUs do. */
export const hasBlockLstm = (tf: TensorFlow): boolean => tf.getKernel(kernelName, backendName) !== undefined

/**
 * An LSTM over all steps from states of 0, as one operation. Gates stand in the order input, forget, candidate,
 * output, as in Keras.
 *
 * Its gradient is TensorFlow's for one step and a product, for each step back; those of inputs and weights are one
 * product over all steps. (`BlockLSTMGradV2` adds up the gradient of the weights step by step.)
 *
 * @param given.x [steps, rows, features]
 * @param given.weights [features + units, 4 · units]: of the input, then of the last output
 * @param given.bias [4 · units]
 * @param given.returnSequences the outputs of all steps, [steps, rows, units]; else of the last, [rows, units]
 */
export function blockLstm(
  tf: TensorFlow,
  given: { x: Tensor; weights: Tensor; bias: Tensor; returnSequences: boolean },
): Tensor {
  const [steps, rows, features] = given.x.shape as [number, number, number]
  const units = given.bias.size / 4
  const { returnSequences } = given

  const run = tf.customGrad((...inputs: unknown[]) => {
    const save = inputs.pop() as (kept: Tensor[]) => void
    const [x, weights, bias] = inputs as [Tensor, Tensor, Tensor]
    const made = tf.engine().runKernel(kernelName, { x, weights, bias }) as unknown as Tensor[]
    const outputs = made[6] as Tensor
    save([x, weights, bias, ...made])
    const value = returnSequences
      ? outputs
      : outputs.slice([steps - 1, 0, 0], [1, rows, units]).reshape([rows, units])
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => gradients(dy, saved) }
  })

  function gradients(dy: Tensor, saved: readonly Tensor[]): Tensor[] {
    const [x, weights, bias, i, cells, f, o, candidates, activated, outputs] = saved as readonly Tensor[] &
      Ten
    const { state, peephole } = unused(tf, { rows, units })
    const before = (all: Tensor): Tensor[] => [state, ...tf.unstack(all)]
    const each = [i, cells, f, o, candidates, activated].map((all) => tf.unstack(all))
    const [xs, cellsBefore, outputsBefore] = [tf.unstack(x), before(cells), before(outputs)]
    const upstream = returnSequences ? tf.unstack(dy) : null
    const ofInput = inOrderOfGates(tf, weights.slice([0, 0], [features, 4 * units]))
    const ofOutput = inOrderOfGates(tf, weights.slice([features, 0], [units, 4 * units]))
    const { many } = operationsOf(tf)

    let [byCell, byOutput] = [state, upstream ? state : dy]
    const bySums: Tensor[] = []
    for (let step = steps - 1; step >= 0; step--) {
      if (upstream) byOutput = tf.add(byOutput, upstream[step] as Tensor)
      const [ownX, cell, output] = [xs[step], cellsBefore[step], outputsBefore[step]] as Three
      const kept = each.map((all) => all[step] as Tensor)
      const operands = [ownX, cell, output, weights, peephole, peephole, peephole, bias, ...kept]
      const attributes = [float32, boolAttribute('use_peephole', false)]
      const [next, sums] = many(gradientName, attributes, [...operands, byCell, byOutput], 5) as [
        Tensor,
        Tensor,
      ]
      bySums.unshift(sums)
      byCell = next
      if (step > 0) byOutput = tf.matMul(sums, ofOutput, false, true)
    }
    const all = tf.stack(bySums).reshape([steps * rows, 4 * units])
    const previous = tf.concat([state.expandDims(0), outputs.slice([0, 0, 0], [steps - 1, rows, units])])
    const product = (operand: Tensor): Tensor =>
      tf.matMul(operand.reshape([steps * rows, operand.shape[2] as number]), all, true)
    return [
      tf.matMul(all, ofInput, false, true).reshape(x.shape),
      inOrderOfGates(tf, tf.concat([product(x), product(previous)])),
      inOrderOfGates(tf, tf.sum(all, 0).expandDims(0)).reshape([4 * units]),
    ]
  }

  return run(given.x, given.weights, given.bias)
}

/** What the operations ask for and make no use of: states before the first step are 0, peepholes are off. */
const unused = (
  tf: TensorFlow,
  { rows, units }: { rows: number; units: number },
): { state: Tensor; peephole: Tensor } => ({ state: tf.zeros([rows, units]), peephole: tf.zeros([units]) })

/** From the gates' order input, forget, candidate, output to that of the operation for one step, which is input, candidate, forget, output, and back. */
function inOrderOfGates(tf: TensorFlow, matrix: Tensor): Tensor {
  const [i, second, third, o] = tf.split(matrix, 4, 1) as [Tensor, Tensor, Tensor, Tensor]
  return tf.concat([i, third, second, o], 1)
}

type Three = [Tensor, Tensor, Tensor]
type Ten = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
