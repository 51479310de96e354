/** UTF-16 begins with one of these. */
const marks = [
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
] as const

const utf8 = new TextDecoder('utf-8', { fatal: true })
const windows1252 = new TextDecoder('windows-1252')

/**
 * The text of a file, without the ends of lines behind it: UTF-16 where its byte order mark says so, else UTF-8, else Windows-1252, which takes any bytes.
 *
 * @returns also whether the encoding is no more than an assumption
 */
export function decodeDocument(bytes: Uint8Array): { readonly text: string; readonly isAssumed: boolean } {
  const { text, isAssumed } = decoded(bytes)
  return { text: text.trimEnd(), isAssumed }
}

function decoded(bytes: Uint8Array): ReturnType<typeof decodeDocument> {
  const mark = marks.find((each) => each.bytes.every((byte, at) => bytes[at] === byte))
  if (mark !== undefined) return { text: new TextDecoder(mark.encoding).decode(bytes), isAssumed: false }
  try {
    return { text: utf8.decode(bytes), isAssumed: false }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { text: windows1252.decode(bytes), isAssumed: true }
  }
}
