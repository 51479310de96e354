import type { Reader } from '../../contracts/reader.js'

/** Images or texts in a tar (POSIX.1-2001, GNU): in class folders, with a manifest, or as IDX files. */
export default {
  name: 'tar',
  title: 'a tar of images or texts',
  signatures: [{ at: 257, bytes: Buffer.from('ustar') }], // GNU writes a space behind it
  options: [],
  recognise: ({ head }) => (head.includes(0) ? 'possible' : 'no'), // text has no NUL
  ingest: async (request) => (await import('../images/ingest-archive.js')).ingestTar(request),
} satisfies Reader
