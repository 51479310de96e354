import { createReadStream } from 'node:fs'

/** Western words hold at most so many accented letters in a row; other alphabets consist of such bytes. */
const MAX_RUN = 3

/**
 * Whether text that is no UTF-8 is most likely Windows-1252, which holds Latin-1: bytes above 0x7f stand in runs of at
 * most three, none is one that the encoding leaves unassigned, and none forms a character of UTF-8, as they all would in
 * a damaged UTF-8 file.
 */
export async function isWindows1252(path: string): Promise<boolean> {
  let run: number[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (byte > 0x7f) {
        run.push(byte)
        if (run.length > MAX_RUN || unassigned.has(byte)) return false
      } else if (run.length > 0) {
        if (isUtf8Character(run)) return false
        run = []
      }
    }
  }
  // At the very end it may be a character that was cut off.
  return run.length === 0
}

const unassigned = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

const isUtf8Character = ([first = 0, ...rest]: readonly number[]): boolean =>
  rest.length === (first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1) &&
  first >= 0xc2 &&
  rest.every((byte) => byte < 0xc0)
