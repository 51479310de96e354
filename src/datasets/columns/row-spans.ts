/** Some of the rows that are wanted, and the part of a table that they lie in. */
export interface Span {
  /** Places among the wanted rows. */
  readonly from: number
  readonly to: number
  /** The first and the last of the rows; −1 for the last of none. */
  readonly first: number
  readonly last: number
}

/**
 * Spans of so many wanted rows each; a single one where the rows stand in such an order that reading span by span would
 * read more than twice as much.
 */
export function spansOf(rows: Int32Array, size: number): readonly Span[] {
  const spans: Span[] = []
  for (let from = 0; from < rows.length; from += size) {
    spans.push(spanOf(rows, from, Math.min(from + size, rows.length)))
  }
  const whole = wholeSpan(spans)
  const read = spans.reduce((sum, { first, last }) => sum + last + 1 - first, 0)
  return spans.length > 1 && read <= 2 * (whole.last + 1 - whole.first) ? spans : [whole]
}

export function wholeSpan(spans: readonly Span[]): Span {
  let [to, first, last] = [0, Number.POSITIVE_INFINITY, -1]
  for (const span of spans) {
    to = span.to
    first = Math.min(first, span.first)
    last = Math.max(last, span.last)
  }
  return { from: 0, to, first, last }
}

function spanOf(rows: Int32Array, from: number, to: number): Span {
  let [first, last] = [Number.POSITIVE_INFINITY, -1]
  for (let at = from; at < to; at++) {
    const row = rows[at] as number
    if (row < first) first = row
    if (row > last) last = row
  }
  return { from, to, first, last }
}
