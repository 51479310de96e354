import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { type Attribute, AttributeKind } from '../eager-binding.js'
import { kernelDevices } from '../kernel-devices.js'
import { nativeOf } from '../native.js'
import { type Backend, boolAttribute, float32, typeAttribute } from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'BlockLSTMV2'

/** Registers the operation that runs a whole sequence, where TensorFlow has it for the device: see `hasBlockLstm`. */
export function registerBlockLstm(tf: TensorFlow): void {
  const backend = tf.backend() as unknown as Backend
  const device = backend.binding.isUsingGpuDevice() ? 'GPU' : 'CPU'
  if (!kernelDevices(nativeOf(tf), 'BlockLSTMGradV2').has(device)) return

  const attributes = [float32, boolAttribute('use_peephole', false)]
  const unclipped: Attribute = { name: 'cell_clip', type: AttributeKind.FLOAT, value: 0 }

  /** Runs an operation whose first input is the number of steps: int64, which no tfjs tensor can be, so it stays a handle. */
  function overSteps(
    operation: { name: string; attributes: readonly Attribute[]; outputs: number },
    inputs: readonly Tensor[],
  ): Tensor[] {
    const { binding } = backend
    const steps = tf.scalar(inputs[0]?.shape[0] as number, 'int32')
    const toInt64 = [typeAttribute('SrcT', DataType.INT32), typeAttribute('DstT', DataType.INT64)]
    const [length] = binding.executeOp(
      'Cast',
      [...toInt64, boolAttribute('Truncate', false)],
      backend.getInputTensorIds([steps]),
      1,
    ) as unknown as [{ id: number }]
    try {
      const ids = [length.id, ...backend.getInputTensorIds(inputs)]
      return binding
        .executeOp(operation.name, operation.attributes, ids, operation.outputs)
        .map((made) => backend.createOutputTensor(made))
    } finally {
      binding.deleteTensor(length.id)
    }
  }

  /** The inputs after the number of steps; states begin as 0, and the peepholes are not used. */
  function inputsOf(x: Tensor, weights: Tensor, bias: Tensor): Tensor[] {
    const units = bias.size / 4
    const [state, peephole] = [tf.zeros([x.shape[1] as number, units]), tf.zeros([units])]
    return [x, state, state, weights, peephole, peephole, peephole, bias]
  }

  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs }) => {
      const { x, weights, bias } = inputs as { x: Tensor; weights: Tensor; bias: Tensor }
      const operation = { name: kernelName, attributes: [unclipped, ...attributes], outputs: 7 }
      return tf.tidy(() => {
        const [i, cs, f, o, ci, co, h] = overSteps(operation, inputsOf(x, weights, bias)) as Seven
        return [h, i, cs, f, o, ci, co]
      })
    },
  })
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x', 'weights', 'bias'],
    outputsToSave: [true, true, true, true, true, true, true],
    gradFunc: (dy, saved) => {
      const [x, weights, bias, h, ...gates] = saved as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]]
      const [dStates] = dy as Tensor[] // nothing flows back through the gates
      const operation = { name: 'BlockLSTMGradV2', attributes, outputs: 8 }
      const inputs = [...inputsOf(x, weights, bias), ...gates, h, tf.zerosLike(h), dStates as Tensor]
      const gradients = overSteps(operation, inputs) as Tensor[]
      const [dX, , , dWeights, , , , dBias] = gradients as [Tensor, ...Tensor[]]
      return { x: () => dX, weights: () => dWeights as Tensor, bias: () => dBias as Tensor }
    },
  })
}

type Seven = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]

/** Whether the device has it: CPUs do. */
export const hasBlockLstm = (tf: TensorFlow): boolean => tf.getKernel(kernelName, backendName) !== undefined

/**
 * An LSTM over all steps, as one operation with one for its gradient. Gates stand in the order input, forget,
 * candidate, output, as in Keras.
 *
 * @param x [steps, rows, features]
 * @param weights [features + units, 4 · units]: of the input, then of the last output
 * @param bias [4 · units]
 * @returns the outputs, [steps, rows, units]
 */
export function blockLstm(
  tf: TensorFlow,
  { x, weights, bias }: { x: Tensor; weights: Tensor; bias: Tensor },
): Tensor {
  return (tf.engine().runKernel(kernelName, { x, weights, bias }) as unknown as Tensor[])[0] as Tensor
}
