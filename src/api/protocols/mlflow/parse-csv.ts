import { refusalOf } from '../../../contracts/errors.js'

/**
 * The records of a CSV text: commas, quotes doubled within quotes (RFC 4180); LF or CRLF ends a record, empty lines are
 * left out.
 *
 * @throws FlywheelError request-invalid for a quote that is not closed or stands within a cell
 */
export function parseCsv(text: string): string[][] {
  const records: string[][] = []
  let record: string[] = []
  let at = 0
  while (at < text.length) {
    const [cell, end] = text[at] === '"' ? quoted(text, at, records.length) : plain(text, at)
    record.push(cell)
    if (text[end] === ',') {
      at = end + 1
      // A comma at the end of the text has an empty cell behind it.
      if (at === text.length) record.push('')
      continue
    }
    at = text.startsWith('\r\n', end) ? end + 2 : end + 1
    if (record.length > 1 || record[0] !== '' || text[end - 1] === '"') records.push(record)
    record = []
  }
  if (record.length > 0) records.push(record)
  return records
}

function plain(text: string, start: number): [string, number] {
  let end = start
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && !text.startsWith('\r\n', end)) end++
  return [text.slice(start, end), end]
}

function quoted(text: string, start: number, record: number): [string, number] {
  let cell = ''
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote === -1) throw refusalOf(`record ${record}`, 'a quote that closes', 'the end of the body')
    cell += text.slice(from, quote)
    if (text[quote + 1] !== '"') {
      const end = quote + 1
      const isEnd = end === text.length || /^(,|\r?\n)/.test(text.slice(end, end + 2))
      if (!isEnd)
        throw refusalOf(`record ${record}`, 'a comma behind a closing quote', text.slice(end, end + 10))
      return [cell, end]
    }
    cell += '"'
    from = quote + 2
  }
}
