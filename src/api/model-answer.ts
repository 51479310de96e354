import { Type } from 'typebox'
import type { Model, VersionRow } from '../registry/models.js'
import { Traffic } from './alias-answer.js'
import { Time } from './time.js'

const Version = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  createdAt: Time,
  job: Type.Union([Type.String(), Type.Null()], {
    description: 'The job that made it; null for a version that was imported',
  }),
  dataset: Type.Union([Type.String(), Type.Null()], {
    description: 'What it was trained on, as `name@version`; null for a version that was imported',
  }),
  parent: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
    description: 'The version that an update started from',
  }),
  sha256: Type.String({ description: 'Of its manifest' }),
  sizeBytes: Type.Integer({ minimum: 0 }),
  metrics: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]), {
    description: 'On the rows that were kept out; null where a metric is undefined',
  }),
})

export const ModelAnswer = Type.Object(
  {
    name: Type.String(),
    task: Type.String(),
    createdAt: Time,
    versions: Type.Array(Version, { description: 'Ascending' }),
    aliases: Type.Record(Type.String(), Type.Integer({ minimum: 1 }), {
      description: '`champion` is what predict uses',
    }),
    traffic: Traffic,
    update: Type.Union([Type.Object({ everyLabels: Type.Integer({ minimum: 1 }) }), Type.Null()], {
      description: 'When it updates itself',
    }),
  },
  { title: 'Model' },
)

export const versionProperties = Version.properties

export const versionAnswer = (row: VersionRow) => ({
  version: row.version,
  createdAt: row.createdAt.toISOString(),
  job: row.job,
  dataset: row.dataset === null ? null : `${row.dataset}@${row.datasetVersion}`,
  parent: row.parent,
  sha256: row.sha256,
  sizeBytes: row.sizeBytes,
  metrics: row.metrics,
})

export const modelAnswer = ({ name, task, createdAt, versions, aliases, traffic, updatePolicy }: Model) => ({
  name,
  task,
  createdAt: createdAt.toISOString(),
  versions: versions.map(versionAnswer),
  aliases: { ...aliases },
  traffic: Object.fromEntries(
    Object.entries(traffic).filter(([, { weights, shadow }]) => weights !== null || shadow !== null),
  ) as Record<string, never>,
  update: updatePolicy,
})

/** What a DELETE that frees bytes answers. */
export const Freed = Type.Object({
  freedBytes: Type.Integer({ minimum: 0, description: 'Bytes of files that nothing else needed' }),
})
