/**
 * Random rows, the same in each run; the class is that of the largest of the first elements.
 *
 * @param tokens the rows hold ids below it; else numbers with mean 0 and variance 1
 */
export function randomRows({
  rows,
  width,
  units,
  tokens,
}: {
  rows: number
  width: number
  units: number
  tokens?: number | undefined
}) {
  let state = 7
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0 // Numerical Recipes
    return state / 2 ** 32
  }
  // A sum of three has the normal distribution's mean and variance when it is scaled by two.
  const element =
    tokens === undefined ? () => 2 * (next() + next() + next() - 1.5) : () => Math.floor(next() * tokens)
  const features = Float32Array.from({ length: rows * width }, element)
  const targets = Float64Array.from({ length: rows }, (_, row) => {
    const first = features.subarray(row * width, row * width + units)
    return first.indexOf(Math.max(...first))
  })
  return { features, targets, training: Int32Array.from(targets.keys()), validation: new Int32Array(0) }
}
