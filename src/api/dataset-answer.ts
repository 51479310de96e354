import { Type } from 'typebox'
import { DatasetColumn, ValidationReport } from '../contracts/dataset.js'
import type { DatasetSummary, DatasetVersion } from '../registry/datasets.js'
import { Time } from './time.js'

const summaryProperties = {
  name: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  rows: Type.Integer({ minimum: 1 }),
  sizeBytes: Type.Integer({ minimum: 1, description: 'Of what was uploaded' }),
  sha256: Type.String({
    description: 'Of the bytes that were uploaded; for appended rows, of the hashes of the parts',
  }),
  createdAt: Time,
}

export const DatasetSummaryAnswer = Type.Object(summaryProperties, { title: 'DatasetSummary' })

export const DatasetAnswer = Type.Object(
  {
    ...summaryProperties,
    storedBytes: Type.Integer({ minimum: 1, description: 'Of the files that hold the rows' }),
    columns: Type.Array(DatasetColumn),
    report: ValidationReport,
  },
  { title: 'Dataset' },
)

export const DatasetWithVersions = Type.Object(
  {
    ...DatasetAnswer.properties,
    versions: Type.Array(DatasetSummaryAnswer, { description: 'All versions, ascending' }),
  },
  { title: 'DatasetWithVersions', description: 'The latest version, and what versions there are' },
)

export const summaryAnswer = ({ dataset, version, rows, sizeBytes, sha256, createdAt }: DatasetSummary) => ({
  name: dataset,
  version,
  rows,
  sizeBytes,
  sha256,
  createdAt: createdAt.toISOString(),
})

export const datasetAnswer = (row: DatasetVersion) => ({
  ...summaryAnswer(row),
  storedBytes: row.parts.reduce((sum, part) => sum + part.sizeBytes, 0),
  columns: row.columns,
  report: row.report,
})
