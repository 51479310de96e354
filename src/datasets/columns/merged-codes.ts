import type { Column } from '../../contracts/table.js'
import type { ReadableColumn } from './later-column.js'

/**
 * Brings parts of one text column, each with a dictionary of its own, to one dictionary that grows: texts in the order in
 * which they first come. Columns of other kinds stay as they are.
 */
export function mergedCodes(like: ReadableColumn): {
  /** The column with the common dictionary. */
  readonly like: ReadableColumn
  part(part: Column): Column
} {
  if (like.kind !== 'text') return { like, part: (part) => part }
  const dictionary: string[] = []
  const known = new Map<string, number>()
  let last: readonly string[] | null = null
  let codeOf = new Int32Array(0)
  let isSame = true

  function codeOfText(text: string): number {
    let code = known.get(text)
    if (code === undefined) {
      code = dictionary.push(text) - 1
      known.set(text, code)
    }
    return code
  }

  return {
    like: { kind: 'text', name: like.name, codes: new Int32Array(0), dictionary },
    part(part) {
      if (part.kind !== 'text') throw new TypeError(`the column ${like.name} was text and is ${part.kind}`)
      if (part.dictionary !== last) {
        last = part.dictionary
        codeOf = Int32Array.from(part.dictionary, codeOfText)
        isSame = codeOf.every((code, index) => code === index)
      }
      if (isSame) return part
      const codes = part.codes.map((code) => (code < 0 ? -1 : (codeOf[code] as number)))
      return { ...part, codes, dictionary }
    },
  }
}
