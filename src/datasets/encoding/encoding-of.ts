import { FlywheelError, shown } from '../../contracts/errors.js'

const BYTE_ORDER_MARKS = [
  ['utf-8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
] as const

/** Text in which so many of every second bytes are zero is UTF-16. */
const ZERO_SHARE = 0.7

/**
 * The encoding of a text file, as TextDecoder names it: what was said explicitly, else its byte order mark, else its
 * content type's charset, else UTF-16 by its zeros; null where nothing tells, so that it should be UTF-8.
 *
 * @throws FlywheelError request-invalid for a name that nobody knows
 */
export function encodingOf(
  head: Buffer,
  { encoding, charset }: { encoding?: string | undefined; charset?: string | undefined },
): string | null {
  const mark = markOf(head)
  if (encoding !== undefined) {
    const declared = declaredEncoding(encoding)
    return mark !== null && declared.startsWith('utf-16') && mark.startsWith('utf-16') ? mark : declared
  }
  if (mark !== null) return mark
  if (charset !== undefined) return declaredEncoding(charset, 'charset')
  return utf16Of(head)
}

/** The standard's name for an encoding. @throws FlywheelError request-invalid */
export function declaredEncoding(label: string, path: 'encoding' | 'charset' = 'encoding'): string {
  try {
    return new TextDecoder(label).encoding
  } catch (cause) {
    const expected = 'an encoding such as utf-8, utf-16 or windows-1252'
    throw new FlywheelError('request-invalid', `${path}: expected ${expected}, received ${shown(label)}`, {
      errors: [{ path, expected, received: shown(label) }],
      cause,
    })
  }
}

const markOf = (head: Buffer): string | null =>
  BYTE_ORDER_MARKS.find(([, bytes]) => head.subarray(0, bytes.length).equals(bytes))?.[0] ?? null

/** UTF-16 by its mark or by its zeros: of Latin letters, digits and delimiters every second byte is one. */
export function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | null {
  const mark = markOf(head)
  if (mark === 'utf-16le' || mark === 'utf-16be') return mark
  const pairs = Math.floor(Math.min(head.length, 4096) / 2)
  if (pairs < 2) return null
  const zeros = [0, 0]
  for (let at = 0; at < 2 * pairs; at++) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] as number) + 1
  const [high, low] = zeros.map((count) => count / pairs) as [number, number]
  if (low >= ZERO_SHARE && high === 0) return 'utf-16le'
  return high >= ZERO_SHARE && low === 0 ? 'utf-16be' : null
}
