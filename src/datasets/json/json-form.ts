/** How a JSON file can hold a table. */
export type JsonForm = 'lines' | 'array' | 'columns'

/**
 * What the beginning of a file says: `array` for a list of rows; `lines` for objects that stand alone in their lines;
 * `columns` for one object whose values are lists. Null for what does not begin as JSON does.
 *
 * @param head the first bytes of the file
 */
export function jsonFormOf(head: Buffer): JsonForm | null {
  const text = head.toString('utf8').replace(/^\ufeff?\s*/, '')
  if (/^\[\s*([{[\]]|$)/.test(text)) return 'array'
  if (!/^\{\s*("|\}|$)/.test(text)) return null
  const end = text.search(/[\r\n]/)
  const line = end === -1 ? text : text.slice(0, end)
  const first = parsed(line)
  if (first === undefined) return beginsColumns(text, line) ? 'columns' : 'lines'
  const values = Object.values(first as object)
  const isAlone = end === -1 || text.slice(end).trim() === ''
  return isAlone && values.length > 0 && values.every(Array.isArray) ? 'columns' : 'lines'
}

/** An object whose end is not in its first line, or not in sight. */
const beginsColumns = (text: string, line: string): boolean =>
  /^\{\s*"[^"\\]*(\\.[^"\\]*)*"\s*:\s*\[/.test(text) || /^\{\s*$/.test(line)

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}
