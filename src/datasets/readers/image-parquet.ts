import type { Reader } from '../../contracts/reader.js'

/** A Parquet file with a column of images. */
export default {
  name: 'image-parquet',
  title: 'a Parquet file of images',
  signatures: [{ at: 0, bytes: Buffer.from('PAR1') }],
  options: [],
  recognise: async (file) => (await import('../images/ingest-parquet-images.js')).recogniseImages(file),
  ingest: async (request) =>
    (await import('../images/ingest-parquet-images.js')).ingestParquetImages(request),
} satisfies Reader
