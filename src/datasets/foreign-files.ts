import { FlywheelError } from '../contracts/errors.js'

/** First bytes of files that are often sent by mistake, and what to do with them. */
const foreign: readonly (readonly [first: string, what: string, remedy: string])[] = [
  ['%PDF', 'a PDF', 'Send the data as CSV'],
  ['\x89PNG', 'an image', 'Send images as a zip or tar of class folders'],
  ['\xff\xd8\xff', 'an image', 'Send images as a zip or tar of class folders'],
  ['GIF8', 'an image', 'Send images as a zip or tar of class folders'],
  [
    '\xd0\xcf\x11\xe0',
    'an old Excel workbook (.xls), or one with a password',
    'Save it as .xlsx without a password',
  ],
  ['PARE', 'an encrypted Parquet file', 'Write it without encryption'],
  ['BZh', 'bzip2-compressed', 'Pack it with gzip or zstd, or not at all'],
  ['\xfd7zXZ\x00', 'xz-compressed', 'Pack it with gzip or zstd, or not at all'],
  ['7z\xbc\xaf\x27\x1c', 'a 7z archive', 'Pack it with gzip or zstd, or not at all'],
  ['Rar!\x1a', 'a RAR archive', 'Pack it with gzip or zstd, or not at all'],
  ['ARROW1', 'an Arrow file', 'Write it as Parquet'],
  ['ORC', 'an ORC file', 'Write it as Parquet'],
  ['SQLite format 3\x00', 'an SQLite database', 'Export its table as CSV'],
  ['\x89HDF', 'an HDF5 file', 'Write its table as Parquet or CSV'],
  ['\x93NUMPY', 'a NumPy array', 'Write it as Parquet or CSV'],
  ['\x80\x04\x95', 'a Python pickle', 'Write its table as Parquet or CSV'],
  ['\x80\x05\x95', 'a Python pickle', 'Write its table as Parquet or CSV'],
]
const LONGEST = 16
const MARKUP_BYTES = 256

/** Text that is no table: a page in the place of a download. */
const markup = /^(\xef\xbb\xbf)?\s*<(!doctype\b|html\b|\?xml\b)/i

/** What the first bytes of a file say that no reader takes. @throws FlywheelError dataset-invalid */
export function refuseForeign(head: Uint8Array): void {
  const text = Buffer.from(head.subarray(0, MARKUP_BYTES)).toString('latin1')
  const first = text.slice(0, LONGEST)
  const found = foreign.find(([bytes]) => first.startsWith(bytes) && !isWord(bytes, first))
  if (found !== undefined) throw notRead(found[1], found[2])
  if (markup.test(text)) throw notRead('an HTML or XML document', 'Send its table as CSV or JSON')
}

const notRead = (what: string, remedy: string): FlywheelError =>
  new FlywheelError('dataset-invalid', `The file is ${what}, which is not read`, { remedy })

/** A header of CSV may begin with the letters of a signature: ORC_id,… */
const isWord = (bytes: string, first: string): boolean =>
  /^[A-Za-z0-9]+$/.test(bytes) && !/[^\t\n\r -~]/.test(first)
