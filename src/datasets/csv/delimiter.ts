import { RecordScanner } from './record-scanner.js'

const DELIMITERS: Readonly<Record<string, string>> = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' }

/** The character of an option: one of the names, or itself. */
export const delimiterNamed = (option: string): string => DELIMITERS[option] ?? option

/** Records that are looked at. */
const SAMPLE_RECORDS = 50
const SAMPLE_BYTES = 256 * 1024

/**
 * The one of comma, semicolon, tab and pipe that stands in the first line outside quotes and cuts most of the first
 * records into as many cells as that line has; of several the one that stands there most often; the comma where none does.
 *
 * @param options.decimal the comma is none where it stands in numbers
 */
export function detectDelimiter(
  bytes: Buffer,
  { start, decimal }: { start: number; decimal: string },
): string {
  const sample = bytes.subarray(start, start + SAMPLE_BYTES)
  const isWhole = sample.length === bytes.length - start
  let best = { delimiter: DELIMITERS.comma as string, share: 0, cells: 1 }
  for (const delimiter of Object.values(DELIMITERS)) {
    if (delimiter === decimal) continue
    const { share, cells } = agreement(sample, { delimiter, isWhole })
    if (cells > 1 && (share > best.share || (share === best.share && cells > best.cells))) {
      best = { delimiter, share, cells }
    }
  }
  return best.delimiter
}

/** Into how many cells the first record falls, and the share of others that do so too. */
function agreement(
  sample: Buffer,
  { delimiter, isWhole }: { delimiter: string; isWhole: boolean },
): { share: number; cells: number } {
  const scanner = new RecordScanner({ delimiter, width: 0 })
  scanner.load(sample, isWhole)
  let at = scanner.next(0)
  const { cells } = scanner
  let [records, same] = [0, 0]
  while (at !== -1 && at < sample.length && records < SAMPLE_RECORDS) {
    at = scanner.next(at)
    if (at === -1 || scanner.isBlank) continue
    records++
    if (scanner.cells === cells) same++
  }
  return { cells, share: records === 0 ? 1 : same / records }
}
