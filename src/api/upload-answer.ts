import { Type } from 'typebox'
import type { Upload, UploadPart } from '../registry/uploads.js'
import { Time } from './time.js'

export const UploadId = Type.String({
  pattern: '^[0-9a-f]{32}$',
  description: 'The `id` that starting the upload has answered',
})

const properties = {
  id: Type.String(),
  name: Type.String({ description: 'Of the dataset' }),
  append: Type.Boolean(),
  state: Type.Union([Type.Literal('open'), Type.Literal('completing'), Type.Literal('completed')], {
    description: '`open` while parts may come in; `completing` while a request makes a version of them',
  }),
  options: Type.Record(Type.String(), Type.Unknown(), { description: 'How the file is to be read' }),
  sizeBytes: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
    description: 'Of the whole file, where it was announced',
  }),
  sha256: Type.Union([Type.String(), Type.Null()], {
    description: 'Of the whole file, where it was announced',
  }),
  receivedParts: Type.Integer({ minimum: 0 }),
  receivedBytes: Type.Integer({ minimum: 0 }),
  version: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
    description: 'Of the dataset, once the upload is completed',
  }),
  createdAt: Time,
  expiresAt: Time,
}

export const UploadAnswer = Type.Object(properties, { title: 'Upload' })

export const PartAnswer = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    sizeBytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ description: 'Hex' }),
    arrivedAt: Time,
  },
  { title: 'UploadPart' },
)

export const UploadWithParts = Type.Object(
  { ...properties, parts: Type.Array(PartAnswer, { description: 'Those that have arrived, by number' }) },
  { title: 'UploadWithParts' },
)

export const uploadAnswer = ({ dataset, append, options, createdAt, expiresAt, ...upload }: Upload) => ({
  id: upload.id,
  name: dataset,
  append,
  state: stateOf(upload),
  options: { ...options },
  sizeBytes: upload.sizeBytes,
  sha256: upload.sha256,
  receivedParts: upload.receivedParts,
  receivedBytes: upload.receivedBytes,
  version: upload.version,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})

function stateOf({
  version,
  isCompleting,
}: Pick<Upload, 'version' | 'isCompleting'>): 'open' | 'completing' | 'completed' {
  if (version !== null) return 'completed'
  return isCompleting ? 'completing' : 'open'
}

export const partAnswer = ({ number, sizeBytes, sha256, arrivedAt }: UploadPart) => ({
  number,
  sizeBytes,
  sha256,
  arrivedAt: arrivedAt.toISOString(),
})
