/** A place in the search space: by dimension a number in [0, 1], or the index of a choice. */
export type Coordinates = Readonly<Record<string, number>>

export interface Dimension {
  /** What it is a dimension of: "training.optimizer.learningRate". */
  readonly name: string
  /** How many there are to choose from; null where it is a range. */
  readonly choices: number | null
  /** It matters only where that dimension has that choice. */
  readonly only?: { readonly dimension: string; readonly choice: number }
}

/** A trial that has ended. */
export interface Observation {
  readonly coordinates: Coordinates
  /** Less is better; infinite where the trial failed. */
  readonly loss: number
}

export interface SuggestOptions {
  /** Those that others depend on stand before them. */
  readonly dimensions: readonly Dimension[]
  readonly observations: readonly Observation[]
  /** Trials that have not ended. */
  readonly pending: readonly Coordinates[]
  /** Gives numbers in [0, 1). */
  readonly random: () => number
}

/** Chooses the next place to try. */
export type Suggest = (options: SuggestOptions) => Coordinates

/** Chooses one coordinate after the other, leaving out those that do not matter. */
export function chooseEach(
  dimensions: readonly Dimension[],
  choose: (dimension: Dimension) => number,
): Coordinates {
  const chosen: Record<string, number> = {}
  for (const dimension of dimensions) {
    const { name, only } = dimension
    if (only === undefined || chosen[only.dimension] === only.choice) chosen[name] = choose(dimension)
  }
  return chosen
}
