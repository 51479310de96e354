import type { Reader } from '../../contracts/reader.js'

/** Images or texts in a ZIP (PKWARE APPNOTE 6.3): in class folders, with a manifest, or as IDX files. */
export default {
  name: 'zip',
  title: 'a zip of images or texts',
  signatures: [
    { at: 0, bytes: Buffer.from('PK\x03\x04') },
    { at: 0, bytes: Buffer.from('PK\x05\x06') }, // without any file
  ],
  options: [],
  recognise: async ({ path }) => (await import('../images/recognise-archive.js')).recogniseZip(path),
  ingest: async (request) => (await import('../images/ingest-archive.js')).ingestZip(request),
} satisfies Reader
