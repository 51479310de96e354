import type { Reader } from '../../contracts/reader.js'

/** Delimited text (RFC 4180), with any delimiter. */
export default {
  name: 'csv',
  title: 'CSV',
  signatures: [],
  options: ['delimiter', 'header', 'encoding', 'decimal'],
  recognise: () => 'possible',
  ingest: async (request) => (await import('../csv/ingest-csv.js')).ingestCsv(request),
} satisfies Reader
