/** The class with the largest probability, the first of equals, as the task decodes it; −1 where one is not finite. */
export function mostProbableClass(outputs: Float64Array, row: number, units: number): number {
  let best = 0
  for (let unit = 0; unit < units; unit += 1) {
    const value = outputs[row * units + unit] as number
    if (!Number.isFinite(value)) return -1
    if (value > (outputs[row * units + best] as number)) best = unit
  }
  return best
}
