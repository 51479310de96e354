import { Type } from 'typebox'
import type { Deployed } from '../../../serving/deployments.js'
import { type TensorSpecification, tensorsOf } from '../tensors/model-tensors.js'

const signatureName = Type.Optional(Type.Literal('serving_default'))
const rows = { minItems: 1, description: 'Objects of columns, lists of numbers, or bare values' }

const PredictBody = Type.Object({
  signature_name: signatureName,
  instances: Type.Optional(Type.Array(Type.Any(), rows)),
  inputs: Type.Optional(Type.Any({ description: 'By columns: lists by their names, or a list of rows' })),
})
const ExamplesBody = Type.Object({
  signature_name: signatureName,
  context: Type.Optional(Type.Object({}, { additionalProperties: true })),
  examples: Type.Array(Type.Object({}, { additionalProperties: true }), { minItems: 1 }),
})
const row = { sepal_length: 5.1, petal_length: 1.4 }

/** Body and answer of each question. */
export const questions = {
  predict: {
    body: { ...PredictBody, examples: [{ instances: [row] }] },
    answer: Type.Object({
      predictions: Type.Array(Type.Any(), {
        description: 'Of a classification { label, probabilities }, of a regression the value',
      }),
      outputs: Type.Optional(Type.Any({ description: 'By columns, where inputs were sent' })),
    }),
  },
  classify: {
    body: { ...ExamplesBody, examples: [{ examples: [row] }] },
    answer: Type.Object({
      results: Type.Array(Type.Array(Type.Array(Type.Any())), {
        description: 'Pairs of label and probability',
      }),
    }),
  },
  regress: {
    body: { ...ExamplesBody, examples: [{ examples: [row] }] },
    answer: Type.Object({ results: Type.Array(Type.Number()) }),
  },
}

export const VersionStatus = Type.Array(
  Type.Object({
    version: Type.String(),
    state: Type.String(),
    status: Type.Object({ error_code: Type.String(), error_message: Type.String() }),
  }),
  { description: 'As TensorFlow Serving tells it' },
)

/** Every published version of a loaded model can be asked. */
export const statusOf = (versions: readonly number[], isLoaded: boolean) =>
  versions.map((version) => ({
    version: String(version),
    state: isLoaded ? 'AVAILABLE' : 'END',
    status: { error_code: 'OK', error_message: '' },
  }))

export const Metadata = Type.Object({
  model_spec: Type.Object({
    name: Type.String(),
    signature_name: Type.String(),
    version: Type.String(),
  }),
  metadata: Type.Object({ signature_def: Type.Any() }),
})

const tensorTypes: Readonly<Record<string, string>> = {
  FP32: 'DT_FLOAT',
  BOOL: 'DT_BOOL',
  BYTES: 'DT_STRING',
}

export function metadataOf({ model, version, signature }: Deployed) {
  const { inputs, outputs } = tensorsOf(signature)
  const serving = {
    inputs: Object.fromEntries(inputs.map((tensor) => [tensor.name, tensorInfo(tensor, 'serving_default')])),
    outputs: Object.fromEntries(
      outputs.map((tensor) => [tensor.name, tensorInfo(tensor, 'StatefulPartitionedCall')]),
    ),
    method_name: 'tensorflow/serving/predict',
  }
  return {
    model_spec: { name: model, signature_name: '', version: String(version) },
    metadata: { signature_def: { signature_def: { serving_default: serving } } },
  }
}

const tensorInfo = ({ name, datatype, shape }: TensorSpecification, prefix: string) => ({
  dtype: tensorTypes[datatype],
  tensor_shape: {
    dim: shape.map((size) => ({ size: String(size), name: '' })),
    unknown_rank: false,
  },
  name: `${prefix}_${name}:0`,
})
