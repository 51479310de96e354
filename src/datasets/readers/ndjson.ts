import type { Reader } from '../../contracts/reader.js'
import { jsonFormOf } from '../json/json-form.js'

/** One flat JSON object a line. */
export default {
  name: 'ndjson',
  title: 'NDJSON',
  signatures: [],
  options: ['encoding'],
  recognise: ({ head }) => (jsonFormOf(head) === 'lines' ? 'sure' : 'possible'),
  ingest: async (request) => (await import('../ndjson/ingest-ndjson.js')).ingestNdjson(request),
} satisfies Reader
