import { type Static, Type } from 'typebox'
import type { ModelTensors, TensorSpecification } from '../tensors/model-tensors.js'

const Tensor = Type.Object({
  name: Type.String(),
  data_type: Type.String(),
  dims: Type.Array(Type.Integer(), { description: '−1 for the number of rows' }),
})

export const ModelConfiguration = Type.Object({
  name: Type.String(),
  platform: Type.String(),
  backend: Type.String(),
  max_batch_size: Type.Integer({ description: '0: the rows stand in dims' }),
  input: Type.Array(Tensor),
  output: Type.Array(Tensor),
})

/** A version's tensors as Triton's model configuration has them (triton-inference-server/common, model_config.proto). */
export const configurationOf = (
  name: string,
  { inputs, outputs }: ModelTensors,
): Static<typeof ModelConfiguration> => ({
  name,
  platform: 'flywheel',
  backend: 'flywheel',
  max_batch_size: 0,
  input: inputs.map(tensorOf),
  output: outputs.map(tensorOf),
})

const tensorOf = ({ name, datatype, shape }: TensorSpecification) => ({
  name,
  data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`,
  dims: [...shape],
})
