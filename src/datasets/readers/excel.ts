import type { Reader } from '../../contracts/reader.js'

/** A sheet of an Excel workbook (.xlsx; ECMA-376). */
export default {
  name: 'excel',
  title: 'an Excel workbook',
  signatures: [{ at: 0, bytes: Buffer.from('PK\x03\x04') }],
  options: ['sheet', 'header'],
  recognise: async ({ path }) => (await import('../excel/recognise-excel.js')).recogniseExcel(path),
  ingest: async (request) => (await import('../excel/ingest-excel.js')).ingestExcel(request),
} satisfies Reader
