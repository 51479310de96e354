/** What stands between the items of a list that is no JSON. */
export type Separator = '|' | ';'

/** The items of a list, each once, in their order: ["a","b"] as JSON, else what stands between the separators. */
export function itemsOf(text: string, separator: Separator): string[] {
  const items = jsonItems(text) ?? text.split(separator)
  return [...new Set(items.map((item) => item.trim()).filter((item) => item !== ''))]
}

function jsonItems(text: string): string[] | null {
  if (!text.startsWith('[') || !text.endsWith(']')) return null
  try {
    const list = JSON.parse(text) as unknown
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : null
  } catch {
    return null
  }
}

/** The separator that more of the texts hold. */
export function separatorOf(texts: readonly string[]): Separator {
  const holding = (separator: Separator) => texts.filter((text) => text.includes(separator)).length
  return holding(';') > holding('|') ? ';' : '|'
}

/** From this share of rows with more than one item on, a column may be one of lists. */
const SEVERAL_SHARE = 0.2
/** More different items, or fewer rows for each, are no categories. */
const MAX_ITEMS = 1000
const ROWS_PER_ITEM = 5
/** Longer items are prose. */
const ITEM_LENGTH = 60

/**
 * Whether texts are lists of categories: all of them JSON lists of texts; or a share of them holds separators, with far
 * fewer different items between them than texts.
 *
 * @param counts rows by text
 */
export function areLists(counts: ReadonlyMap<string, number>): boolean {
  const texts = [...counts.keys()]
  if (texts.length < 2) return false
  if (texts.every((text) => jsonItems(text) !== null)) return true
  const separator = separatorOf(texts)
  let [rows, several, cells] = [0, 0, 0]
  const items = new Set<string>()
  for (const [text, count] of counts) {
    const found = itemsOf(text, separator)
    rows += count
    cells += count * found.length
    if (found.length > 1) several += count
    for (const item of found) items.add(item)
    if (items.size > MAX_ITEMS || found.some((item) => item.length > ITEM_LENGTH)) return false
  }
  return several >= SEVERAL_SHARE * rows && items.size < texts.length && cells >= ROWS_PER_ITEM * items.size
}
