/** A spelling that only differs from a more frequent one in case, outer spaces or a final full stop. */
export interface MergedSpelling {
  readonly label: string
  readonly into: string
  /** That are spelt like `label`. */
  readonly rows: number
}

/** Spellings of one value, the most frequent first; of equally frequent ones, by code point. */
export interface SpellingGroup {
  /** What the spellings have in common. */
  readonly key: string
  readonly spellings: readonly { readonly text: string; readonly rows: number }[]
}

/** What spellings have in common that differ only in case, outer spaces or a final full stop. */
export const spellingKey = (text: string): string => text.trim().replace(/\.$/, '').trimEnd().toLowerCase()

/** Groups texts by what their spellings have in common. @param counts rows by text */
export function groupSpellings(counts: ReadonlyMap<string, number>): SpellingGroup[] {
  const groups = new Map<string, { text: string; rows: number }[]>()
  for (const [text, rows] of counts) {
    const key = spellingKey(text)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [{ text, rows }])
    else group.push({ text, rows })
  }
  return [...groups].map(([key, spellings]) => ({ key, spellings: spellings.sort(byFrequency) }))
}

/** The spellings that are not the most frequent of their group. */
export const mergedOf = (groups: readonly SpellingGroup[]): MergedSpelling[] =>
  groups.flatMap(({ spellings: [first, ...others] }) =>
    others.map(({ text, rows }) => ({ label: text, into: first?.text ?? text, rows })),
  )

/** How many they are, and how many rows are spelt like them, in words. */
export const counted = (merged: readonly MergedSpelling[]): string =>
  `${merged.length} spelling${merged.length === 1 ? '' : 's'} (${merged.reduce((sum, { rows }) => sum + rows, 0)} rows)`

/** The first five, in words: "<=50k" (12 rows) as "<=50K". */
export const shownSpellings = (merged: readonly MergedSpelling[]): string => {
  const first = merged
    .slice(0, 5)
    .map(({ label, into, rows }) => `${JSON.stringify(label)} (${rows} rows) as ${JSON.stringify(into)}`)
  return first.join(', ') + (merged.length > 5 ? `, and ${merged.length - 5} more` : '')
}

const byFrequency = (a: { text: string; rows: number }, b: { text: string; rows: number }): number =>
  b.rows - a.rows || (a.text < b.text ? -1 : 1)
