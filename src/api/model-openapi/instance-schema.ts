import type { Signature } from '../../serving/signature.js'

type Input = Signature['inputs'][number]
type Schema = Record<string, unknown>

/** One instance of a version as JSON Schema (2020-12): every feature, and the columns that are accepted and not used. */
export function instanceSchema({ inputs, ignored }: Signature): Schema {
  const unused = { description: 'Accepted, and not used' }
  return {
    type: 'object',
    required: inputs.map(({ name }) => name),
    properties: Object.fromEntries([
      ...inputs.map((input) => [input.name, columnSchema(input)]),
      ...ignored.map((name) => [name, unused]),
    ]),
    additionalProperties: false,
  }
}

function columnSchema({ type, length }: Input): Schema {
  switch (type) {
    case 'number':
    case 'integer':
      return { type: ['number', 'null'], description: `${type}; null where it is missing` }
    case 'boolean':
      return { enum: [true, false, 1, 0, null], description: 'boolean; null where it is missing' }
    case 'date':
      return { type: ['string', 'number', 'null'], description: 'date: ISO 8601, or milliseconds since 1970' }
    case 'vector':
      return {
        type: ['array', 'null'],
        items: { type: 'number' },
        minItems: length,
        maxItems: length,
        description: `vector of ${length} numbers`,
      }
    case 'image':
      return {
        type: ['string', 'null'],
        contentEncoding: 'base64',
        description: 'image: a PNG, JPEG, GIF, WebP or TIFF file as base64, bare or in a data URL',
      }
    case 'list':
      return {
        type: ['array', 'string', 'null'],
        items: { type: 'string' },
        description: 'list of categories',
      }
    case 'identifier':
      return { type: ['string', 'number', 'null'], description: 'identifier' }
    default:
      return { type: ['string', 'null'], description: `${type}; null where it is missing` }
  }
}

/** One prediction of a version. */
export function predictionSchema({ classes }: Signature): Schema {
  const id = { type: 'string', description: 'For feedback; absent where the prediction is not kept' }
  if (classes.length === 0) {
    return { type: 'object', required: ['value'], properties: { id, value: { type: 'number' } } }
  }
  const labels = classes.map(String)
  return {
    type: 'object',
    required: ['label', 'probabilities'],
    properties: {
      id,
      label: { enum: [...classes] },
      probabilities: {
        type: 'object',
        required: labels,
        properties: Object.fromEntries(labels.map((label) => [label, { type: 'number' }])),
      },
    },
  }
}
