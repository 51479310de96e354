import type { Reader } from '../../contracts/reader.js'

/** Plain text: a row for each line. */
export default {
  name: 'text',
  title: 'plain text',
  signatures: [],
  options: ['encoding'],
  recognise: () => 'possible',
  ingest: async (request) => (await import('../lines/ingest-lines.js')).ingestLines(request),
} satisfies Reader
