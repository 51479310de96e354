import type { WorkbookParts } from './workbook-parts.js'
import { attributesOf } from './xml-reader.js'

/** What a number in a cell stands for, by the format that it is shown in. */
export type NumberMeaning = 'number' | 'date' | 'date-time' | 'time'

/** Formats that are not written out (ECMA-376 part 1, 18.8.30), those of East Asia included. */
const builtIn = new Map<number, NumberMeaning>([
  ...[14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [id, 'date'] as const),
  ...[18, 19, 20, 21, 32, 33, 34, 35, 55, 56].map((id) => [id, 'time'] as const),
  [22, 'date-time'],
])

/** The meaning of numbers by the style of their cells. */
export async function readMeanings(parts: WorkbookParts, part: string | null): Promise<NumberMeaning[]> {
  const formats = new Map(builtIn)
  const meanings: NumberMeaning[] = []
  if (part === null || !parts.has(part)) return meanings
  let isWithinCells = false
  await parts.read(part, {
    open(name, text) {
      if (name === 'cellXfs') isWithinCells = true
      else if (name === 'numFmt') {
        const { numFmtId, formatCode = '' } = attributesOf(text)
        formats.set(Number(numFmtId), meaningOf(formatCode))
      } else if (name === 'xf' && isWithinCells) {
        meanings.push(formats.get(Number(attributesOf(text).numFmtId)) ?? 'number')
      }
    },
    close(name) {
      if (name === 'cellXfs') isWithinCells = false
    },
    text() {},
  })
  return meanings
}

/** What a format of one's own shows: the first section counts, without quoted texts, fillers, colours and locales. */
export function meaningOf(format: string): NumberMeaning {
  const plain = format
    .replace(/"[^"]*"|\\.|[_*]./g, '')
    .replace(/\[(?!(h+|m+|s+)\])[^\]]*\]/gi, '')
    .split(';', 1)[0]
    ?.toLowerCase()
    .replace(/general|am\/pm|a\/p/g, (word) => (word === 'general' ? '' : 'h'))
  // Hours that go on beyond a day are a quantity: the number of days.
  if (plain === undefined || /\[[hms]+\]/.test(plain)) return 'number'
  const hasTime = /[hs]/.test(plain)
  const hasDate = /[yd]/.test(plain) || (plain.includes('m') && !hasTime)
  return hasDate ? (hasTime ? 'date-time' : 'date') : hasTime ? 'time' : 'number'
}
