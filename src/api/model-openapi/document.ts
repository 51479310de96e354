import type { Deployed } from '../../serving/deployments.js'
import { tensorsOf } from '../protocols/tensors/model-tensors.js'
import { flywheelVersion } from '../version.js'
import { type CodeSample, codeSamples } from './code-samples.js'
import { exampleRow } from './example-row.js'
import { instanceSchema, predictionSchema } from './instance-schema.js'

export interface ModelDocumentOptions {
  /** Where the service was asked: "http://localhost:8080". */
  readonly origin: string
  readonly needsKey: boolean
  /** Whether the paths name the version; else they ask the champion, whichever it is by then. */
  readonly isPinned: boolean
}

/** How one model is asked: its own columns and answers, an example of its own, and the call in three languages. */
export interface ModelDescription {
  readonly document: object
  readonly row: Readonly<Record<string, unknown>>
  readonly samples: readonly CodeSample[]
}

/** Describes a version as an OpenAPI 3.1 document of its own. */
export function describeModel(deployed: Deployed, options: ModelDocumentOptions): ModelDescription {
  const { model, version, manifest, signature } = deployed
  const { origin, needsKey, isPinned } = options
  const row = exampleRow(manifest, signature)
  const body = { instances: [row] }
  const place = isPinned ? `${model}/versions/${version}` : model
  const samples = codeSamples({
    url: `${origin}/v1/models/${place}/predict`,
    body,
    needsKey,
    predictionType:
      signature.classes.length === 0
        ? '{ value: number }'
        : `{ label: ${labelType(signature.classes)}; probabilities: Record<string, number> }`,
  })
  const instances = listOf({ $ref: '#/components/schemas/Instance' })
  const predictions = { type: 'array', items: { $ref: '#/components/schemas/Prediction' } }
  const document = {
    openapi: '3.1.0',
    info: {
      title: `${model}, version ${version}`,
      version: flywheelVersion,
      description: `Predicts ${signature.target}, as it was trained on ${manifest.dataset.name}@${manifest.dataset.version}.`,
    },
    servers: [{ url: origin }],
    security: needsKey ? [{ key: [] }] : [],
    paths: {
      [`/v1/models/${place}/predict`]: {
        post: {
          operationId: 'predict',
          summary: 'Answers instances',
          requestBody: bodyOf({ instances }, body),
          responses: answers({ predictions }),
          'x-codeSamples': samples,
        },
      },
      [`/v1/models/${place}:predict`]: {
        post: {
          operationId: 'tensorflowServingPredict',
          summary: 'The same for clients of TensorFlow Serving and KServe V1',
          requestBody: bodyOf({ instances }, body),
          responses: answers({ predictions: { type: 'array' } }),
        },
      },
      [`/v2/models/${place}/infer`]: {
        post: {
          operationId: 'openInferenceInfer',
          summary: 'The same as tensors, for clients of the Open Inference Protocol',
          requestBody: bodyOf(
            { inputs: { type: 'array', minItems: 1 } },
            { inputs: tensorsFor(row, deployed) },
          ),
          responses: answers({ outputs: { type: 'array' } }),
        },
      },
    },
    components: {
      schemas: { Instance: instanceSchema(signature), Prediction: predictionSchema(signature) },
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  }
  return { document, row, samples }
}

const listOf = (items: object): object => ({ type: 'array', minItems: 1, items })

const bodyOf = (properties: Record<string, object>, example: object): object => ({
  required: true,
  content: {
    'application/json': {
      schema: { type: 'object', required: Object.keys(properties), properties },
      example,
    },
  },
})

const answers = (properties: Record<string, object>): object => ({
  '200': {
    description: 'The answers, in the order of the rows',
    content: {
      'application/json': { schema: { type: 'object', required: Object.keys(properties), properties } },
    },
  },
})

const labelType = (classes: readonly unknown[]): string =>
  [...new Set(classes.map((label) => typeof label))].join(' | ')

/** The row as tensors of one row, in JSON. */
function tensorsFor(row: Readonly<Record<string, unknown>>, { signature }: Deployed): object[] {
  return tensorsOf(signature).inputs.map(({ name, datatype, shape, columns }) => {
    const values = columns === undefined ? [row[name]].flat() : columns.map((column) => row[column])
    const isList = signature.inputs.some((input) => input.name === name && input.type === 'list')
    const data = isList ? [JSON.stringify(row[name])] : values
    return { name, datatype, shape: [1, ...shape.slice(1)], data }
  })
}
