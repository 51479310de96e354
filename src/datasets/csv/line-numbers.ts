import { createReadStream } from 'node:fs'

const [NEWLINE, RETURN] = [0x0a, 0x0d]

/**
 * The lines, from 1, that positions of a file stand in. Lines end with `\n`, `\r\n` or `\r`.
 *
 * @param offsets ascending
 */
export async function lineNumbers(path: string, offsets: readonly number[]): Promise<number[]> {
  const lines: number[] = []
  if (offsets.length === 0) return lines
  let [line, position, before] = [1, 0, 0]
  for await (const block of createReadStream(path, { end: offsets.at(-1) as number })) {
    for (const byte of block as Buffer) {
      // The end of a line counts when what follows it is seen: a return may be the half of one.
      if (before === NEWLINE || (before === RETURN && byte !== NEWLINE)) line++
      while (offsets[lines.length] === position) lines.push(line)
      before = byte
      position++
    }
  }
  return lines
}
