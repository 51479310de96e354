import type { DatasetColumn } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { ScalarColumn, TextColumn } from '../../contracts/table.js'
import type { Label } from '../../contracts/task.js'
import { groupSpellings, mergedOf, spellingKey } from '../../datasets/spelling.js'

/** More classes than this are an identifier or a quantity, not classes. */
export const MAX_CLASSES = 1000

/** The classes in output order, and which spellings count as which class. Survives JSON. */
export interface LabelMap {
  readonly classes: readonly Label[]
  /** Whether each spelling is a class of its own. */
  readonly areApart?: boolean
  /** Class index by normalised text, as pairs: a key of an object could be "__proto__". */
  readonly spellings: readonly (readonly [string, number])[]
  /** Spellings that were merged into a more frequent one, with their rows. */
  readonly merged: readonly { readonly label: Label; readonly into: Label; readonly rows: number }[]
}

/**
 * Learns the classes of a target column: numbers in ascending order, booleans false before true, texts by code point.
 * Texts that differ only in case, outer spaces or a final full stop are one class, spelt as most rows spell it,
 * unless they are not to be merged.
 *
 * @throws FlywheelError specification-invalid for fewer than two classes or more than MAX_CLASSES
 */
export function learnLabels(
  column: DatasetColumn,
  values: ScalarColumn,
  { isMerging }: { isMerging: boolean } = { isMerging: true },
): LabelMap {
  const map = values.kind === 'text' ? textMap(values, isMerging) : numberLabels(column, values.values)
  const count = map.classes.length
  if (count >= 2 && count <= MAX_CLASSES) return map
  const received = count === 1 ? `one class, ${JSON.stringify(map.classes[0])}` : `${count} classes`
  throw new FlywheelError('specification-invalid', `the target ${column.name} has ${received}`, {
    errors: [{ path: 'target', expected: `2 to ${MAX_CLASSES} classes`, received }],
  })
}

function countTexts({ codes, dictionary }: TextColumn): Map<string, number> {
  const rows = new Float64Array(dictionary.length)
  for (const code of codes) if (code >= 0) rows[code] = (rows[code] as number) + 1
  const counts = new Map<string, number>()
  for (const [code, text] of dictionary.entries()) {
    if ((rows[code] as number) > 0) counts.set(text, (counts.get(text) ?? 0) + (rows[code] as number))
  }
  return counts
}

function textMap(values: TextColumn, isMerging: boolean): LabelMap {
  const counts = countTexts(values)
  if (isMerging) return mergedLabels(counts)
  const classes = [...counts.keys()].sort((a, b) => (a < b ? -1 : 1))
  return { classes, spellings: classes.map((text, index) => [text, index]), merged: [], areApart: true }
}

function mergedLabels(counts: ReadonlyMap<string, number>): LabelMap {
  const groups = groupSpellings(counts)
    .map((group) => ({ ...group, label: (group.spellings[0] as { text: string }).text }))
    .sort((a, b) => (a.label < b.label ? -1 : 1))
  return {
    classes: groups.map(({ label }) => label),
    spellings: groups.map(({ key }, index) => [key, index] as const),
    merged: mergedOf(groups),
  }
}

function numberLabels({ type }: DatasetColumn, values: Float64Array): LabelMap {
  const distinct = new Set<number>()
  for (let row = 0; row < values.length && distinct.size <= MAX_CLASSES; row++) {
    const value = values[row] as number
    if (!Number.isNaN(value)) distinct.add(value)
  }
  const numbers = [...distinct].sort((a, b) => a - b)
  const classes = numbers.map((value): Label => (type === 'boolean' ? value !== 0 : value))
  return { classes, spellings: classes.map((label, index) => [String(label), index] as const), merged: [] }
}

/** Class index of each row, NaN where the target is missing or no class. Text stands for numbers and booleans too. */
export function encodeLabels(target: ScalarColumn, map: LabelMap): Float64Array {
  const classOf = classLookup(map)
  if (target.kind === 'text') {
    const byCode = target.dictionary.map(classOf)
    const { codes } = target
    const classes = new Float64Array(codes.length)
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row] as number
      classes[row] = code < 0 ? Number.NaN : (byCode[code] as number)
    }
    return classes
  }
  const isBoolean = typeof map.classes[0] === 'boolean'
  const byNumber = new Map<number, number>()
  return target.values.map((value) => {
    if (Number.isNaN(value)) return Number.NaN
    const known = byNumber.get(value)
    if (known !== undefined) return known
    const index = classOf(isBoolean ? String(value !== 0) : String(value))
    byNumber.set(value, index)
    return index
  })
}

/** Class index by text, NaN for no class; for number classes every way to write the number counts. */
function classLookup({ classes, spellings, areApart }: LabelMap): (text: string) => number {
  const bySpelling = new Map(spellings)
  const areNumbers = typeof classes[0] === 'number'
  return (text) => {
    const isNumber = areNumbers && text.trim() !== ''
    if (areApart) return bySpelling.get(text) ?? Number.NaN
    return bySpelling.get(isNumber ? String(Number(text)) : spellingKey(text)) ?? Number.NaN
  }
}
