const LONG_DIGITS = /\d{16}/
/** Texts, which are passed over, and numbers. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?[1-9]\d{15,}$/
const MARK = '\u0000'

/**
 * Parses JSON; integers of more digits than a double keeps come as bigints, which `JSON.parse` would round.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (!LONG_DIGITS.test(text)) return JSON.parse(text) as unknown
  const marked = text.replace(TOKENS, (token) =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? JSON.stringify(MARK + token) : token,
  )
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) && INTEGER.test(value.slice(1))
      ? BigInt(value.slice(1))
      : value,
  ) as unknown
}
