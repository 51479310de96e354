/** A configuration's result at a rung; the lower the loss the better, infinite where the trial failed. */
export interface RungResult {
  readonly configuration: number
  readonly rung: number
  /** Null while it runs. */
  readonly loss: number | null
}

export interface AshaOptions {
  /** One of so many is promoted to the next rung (η). */
  readonly reduction: number
  /** Epochs of each rung, ascending. */
  readonly rungEpochs: readonly number[]
}

/**
 * Epochs of the rungs, from about `minEpochs` to exactly `maxEpochs`, each η times those before it.
 *
 * @returns ascending, without repetitions
 */
export function rungsOf({
  reduction,
  minEpochs,
  maxEpochs,
}: {
  reduction: number
  minEpochs: number
  maxEpochs: number
}): number[] {
  const steps = Math.max(0, Math.floor(Math.log(maxEpochs / minEpochs) / Math.log(reduction) + 1e-9))
  const epochs = Array.from({ length: steps + 1 }, (_, rung) =>
    Math.ceil(maxEpochs / reduction ** (steps - rung) - 1e-9),
  )
  return [...new Set(epochs)]
}

/**
 * What a free worker does next in asynchronous successive halving (Li et al. 2018, algorithm 2): from the highest rung
 * down, the best configuration that is among the top 1/η of its rung and is not promoted yet goes to the next one; else
 * a new configuration begins at the lowest.
 *
 * @returns null: a new configuration
 */
export function nextPromotion(
  results: readonly RungResult[],
  { reduction, rungEpochs }: AshaOptions,
): { readonly configuration: number; readonly rung: number } | null {
  for (let rung = rungEpochs.length - 2; rung >= 0; rung--) {
    const completed = results.flatMap(({ configuration, rung: at, loss }) =>
      at === rung && loss !== null ? [{ configuration, loss }] : [],
    )
    const promoted = new Set(
      results.filter((result) => result.rung === rung + 1).map(({ configuration }) => configuration),
    )
    const top = completed
      .sort((a, b) => a.loss - b.loss || a.configuration - b.configuration)
      .slice(0, Math.floor(completed.length / reduction))
    const next = top.find(({ configuration, loss }) => Number.isFinite(loss) && !promoted.has(configuration))
    if (next !== undefined) return { configuration: next.configuration, rung: rung + 1 }
  }
  return null
}
