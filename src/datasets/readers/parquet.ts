import type { Reader } from '../../contracts/reader.js'

/** A header of CSV may begin with the same letters. */
const isText = (head: Buffer): boolean => /^[ -~\r\n\t]*$/.test(head.toString('latin1', 0, 16))

/** Apache Parquet, with flat columns; one with images is another reader's. */
export default {
  name: 'parquet',
  title: 'a Parquet file',
  signatures: [{ at: 0, bytes: Buffer.from('PAR1') }],
  options: [],
  recognise: ({ head }) => (isText(head) ? 'no' : 'possible'),
  ingest: async (request) => (await import('../parquet/ingest-parquet.js')).ingestParquet(request),
} satisfies Reader
