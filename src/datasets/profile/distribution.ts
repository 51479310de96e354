const BINS = 20

/** Quantiles of sorted values, interpolated linearly (type 7 of Hyndman and Fan, 1996). */
export function quantilesOf(sorted: Float64Array): {
  p5: number
  p25: number
  p50: number
  p75: number
  p95: number
} {
  const at = (share: number): number => {
    const position = share * (sorted.length - 1)
    const below = sorted[Math.floor(position)] as number
    const above = sorted[Math.ceil(position)] as number
    // Weighted, not by the difference, which may overflow.
    const weight = position - Math.floor(position)
    return weight === 0 ? below : below * (1 - weight) + above * weight
  }
  return { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) }
}

/** Counts of values in bins of equal width between the least and the greatest; one bin when these are equal. */
export function histogramOf(
  values: Float64Array,
  { minimum, maximum }: { minimum: number; maximum: number },
): { edges: number[]; counts: number[] } {
  const bins = minimum === maximum ? 1 : BINS
  const edges = Array.from({ length: bins + 1 }, (_, edge) =>
    edge === bins ? maximum : minimum * (1 - edge / bins) + maximum * (edge / bins),
  )
  const counts = new Array<number>(bins).fill(0)
  // Halved before they are subtracted: the whole range may be wider than a double.
  const range = maximum / 2 - minimum / 2
  for (const value of values) {
    const share = range === 0 ? 0 : (value / 2 - minimum / 2) / range
    const bin = Math.min(bins - 1, Math.floor(share * bins))
    counts[bin] = (counts[bin] as number) + 1
  }
  return { edges, counts }
}
