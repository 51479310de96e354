import type { Coordinates, Dimension } from './methods/method.js'
import type { Range, SearchSpecification } from './request.js'

export type Space = SearchSpecification['search']['space']
/** Values of a training job's fields, by their path. */
export type Parameters = Readonly<Record<string, unknown>>

const FAMILY = 'family'

/** The dimensions of a space; the family stands first, since others depend on it. */
export function dimensionsOf(space: Space): Dimension[] {
  const families = choicesOf(space[FAMILY]) ?? []
  const names = Object.keys(space).sort((a, b) => Number(b === FAMILY) - Number(a === FAMILY))
  return names.map((name) => {
    const range = space[name] as Range
    const choices = choicesOf(range)?.length ?? null
    if (range.when === undefined) return { name, choices }
    const only = { dimension: FAMILY, choice: families.indexOf(range.when.family) }
    return { name, choices, only }
  })
}

const choicesOf = (range: Range | undefined): readonly unknown[] | null =>
  range !== undefined && 'choice' in range ? range.choice : null

/** What the fields are at a place. */
export const parametersAt = (space: Space, coordinates: Coordinates): Parameters =>
  Object.fromEntries(
    Object.entries(coordinates).map(([name, at]) => [name, valueAt(space[name] as Range, at)]),
  )

function valueAt(range: Range, at: number): unknown {
  if ('choice' in range) return range.choice[at]
  if ('uniform' in range) return between(range.uniform, at)
  if ('logUniform' in range) {
    const [low, high] = range.logUniform
    return Math.min(high, Math.max(low, Math.exp(between([Math.log(low), Math.log(high)], at))))
  }
  const [low, high] = range.integer
  return Math.min(high, Math.floor(between([low, high + 1], at)))
}

const between = ([low, high]: readonly number[], at: number): number =>
  (low as number) + at * ((high as number) - (low as number))

/** The ends of a range, or all that there is to choose from: what must be possible for it to be. */
export function extremesOf(range: Range): readonly unknown[] {
  if ('choice' in range) return range.choice
  if ('uniform' in range) return range.uniform
  return 'logUniform' in range ? range.logUniform : range.integer
}
