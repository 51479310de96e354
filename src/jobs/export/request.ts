import { type Static, Type } from 'typebox'
import { ModelReference } from '../train/request.js'
import { formats } from './formats.js'

const closed = { additionalProperties: false }

const described = [...formats.values()].map(({ name, summary }) => `${name}: ${summary}`).join('; ')

/** What the archive holds and how it is packed; the export route takes the same. */
export const exportOptions = {
  format: Type.Enum([...formats.keys()], { type: 'string', description: described }),
  modelFormat: Type.Optional(
    Type.Enum(['layers-model', 'graph-model'], {
      type: 'string',
      description:
        'Of tfjs: a layers model can be trained further, a graph model is the forward pass alone. Absent: a layers model ' +
        'where TensorFlow.js has a class for each layer',
    }),
  ),
  archive: Type.Optional(
    Type.Enum(['zip', 'tar.gz'], { type: 'string', default: 'zip', description: 'How the files are packed' }),
  ),
}

export const ExportRequest = Type.Object(
  { type: Type.Literal('export'), model: ModelReference, ...exportOptions },
  { ...closed, description: 'Packs a version to be taken away' },
)
export type ExportRequest = Static<typeof ExportRequest>

export const ExportSpecification = Type.Object(
  {
    type: Type.Literal('export'),
    /** With its version. */
    model: Type.String(),
    format: exportOptions.format,
    modelFormat: exportOptions.modelFormat,
    archive: Type.Enum(['zip', 'tar.gz']),
  },
  closed,
)
export type ExportSpecification = Static<typeof ExportSpecification>
