import type { Reader } from '../../contracts/reader.js'

/** Unsigned bytes (8) in one, three or four dimensions, as the files of the MNIST database. */
const RANKS = [1, 3, 4]

export default {
  name: 'idx',
  title: 'an IDX file',
  signatures: RANKS.map((rank) => ({ at: 0, bytes: Uint8Array.of(0, 0, 8, rank) })),
  options: [],
  recognise: () => 'sure',
  ingest: async (request) => (await import('../images/ingest-idx.js')).ingestIdx(request),
} satisfies Reader
