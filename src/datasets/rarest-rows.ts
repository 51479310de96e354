import type { Count } from './count-values.js'

/** Integers with more different values are not taken for classes, however often each stands. */
export const MAX_RAREST_DISTINCT = 20
/** Columns in one query. */
const BATCH = 64

/**
 * Counts how often the rarest value of each of these columns stands: it tells classes from quantities.
 *
 * @param columns those with few different values
 */
export async function countRarest(
  count: Count,
  columns: readonly number[],
): Promise<ReadonlyMap<number, { readonly rarestRows: number }>> {
  const term = (id: string) => `list_min(map_values(histogram(${id})))`
  const rows = await count(columns, { batch: BATCH, term })
  return new Map([...rows].map(([column, rarestRows]) => [column, { rarestRows }]))
}
