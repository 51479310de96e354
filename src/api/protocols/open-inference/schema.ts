import { Type } from 'typebox'
import { modelPath } from '../../model-path.js'
import { type DataType, dataTypes } from '../tensors/data-types.js'
import type { TensorSpecification } from '../tensors/model-tensors.js'

export const modelParams = Type.Object({ name: modelPath.name })
export const versionParams = Type.Object({
  name: modelPath.name,
  version: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
    description: 'The version’s number, or an alias',
    examples: ['1'],
  }),
})

const dataType = Type.Unsafe<DataType>({ type: 'string', enum: [...dataTypes] })
const parameters = Type.Optional(Type.Object({}, { additionalProperties: true }))

const InputTensor = Type.Object({
  name: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1 }),
  datatype: dataType,
  parameters,
  data: Type.Optional(
    Type.Array(Type.Any(), {
      description: 'Row-major, flat or nested; absent where binary_data_size is given',
    }),
  ),
})

export const InferBody = Type.Object({
  id: Type.Optional(Type.String({ description: 'Comes back in the answer' })),
  parameters,
  inputs: Type.Array(InputTensor, { minItems: 1 }),
  outputs: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), parameters }), { description: 'All, where none is named' }),
  ),
})

/** The dataset of the documented upload has these columns. */
export const inferExample = {
  id: '42',
  inputs: [{ name: 'features', shape: [1, 2], datatype: 'FP32', data: [5.1, 1.4] }],
}

export const InferAnswerSchema = Type.Object({
  model_name: Type.String(),
  model_version: Type.String(),
  id: Type.Optional(Type.String()),
  outputs: Type.Array(
    Type.Object({
      name: Type.String(),
      datatype: dataType,
      shape: Type.Array(Type.Integer()),
      parameters,
      data: Type.Optional(Type.Array(Type.Any())),
    }),
  ),
})

const Specification = Type.Object({
  name: Type.String(),
  datatype: dataType,
  shape: Type.Array(Type.Integer(), { description: '−1 for the number of rows' }),
  properties: Type.Optional(
    Type.Object(
      { columns: Type.Array(Type.String()) },
      { description: 'The columns in the order of the elements' },
    ),
  ),
})

export const ModelMetadata = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.String()),
  platform: Type.String(),
  inputs: Type.Array(Specification),
  outputs: Type.Array(Specification),
})

const Duration = Type.Object({
  count: Type.Integer({ minimum: 0 }),
  ns: Type.Integer({ minimum: 0, description: 'Nanoseconds, over all that count' }),
})

export const Statistics = Type.Object({
  model_stats: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      last_inference: Type.Integer({ minimum: 0, description: 'Milliseconds since 1970; 0 for never' }),
      inference_count: Type.Integer({ minimum: 0, description: 'Rows' }),
      execution_count: Type.Integer({ minimum: 0, description: 'Batches' }),
      inference_stats: Type.Record(Type.String(), Duration),
      batch_stats: Type.Array(
        Type.Object({
          batch_size: Type.Integer({ minimum: 1 }),
          compute_input: Duration,
          compute_infer: Duration,
          compute_output: Duration,
        }),
      ),
    }),
  ),
})

const repositoryParameters = Type.Optional(Type.Object({}, { additionalProperties: true }))
export const IndexBody = Type.Object(
  { ready: Type.Optional(Type.Boolean({ description: 'True: those alone that can be asked' })) },
  { additionalProperties: false },
)
export const LoadBody = Type.Object({ parameters: repositoryParameters }, { additionalProperties: false })

export const RepositoryIndex = Type.Array(
  Type.Object({
    name: Type.String(),
    version: Type.String(),
    state: Type.String({ description: 'READY, or UNAVAILABLE' }),
    reason: Type.String({ description: 'Why it is unavailable; else empty' }),
  }),
)

export const specificationAnswer = ({ name, datatype, shape, columns }: TensorSpecification) => ({
  name,
  datatype,
  shape: [...shape],
  ...(columns === undefined ? {} : { properties: { columns: [...columns] } }),
})
