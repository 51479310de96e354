import { type Static, Type } from 'typebox'
import type { Transform } from '../../contracts/transform.js'

/** One step of preprocessing as a job names it. */
export const TransformStep = Type.Object(
  {
    name: Type.String({ description: 'A transform of GET /v1/transforms', maxLength: 64 }),
    columns: Type.Union(
      [
        Type.String({ minLength: 1, maxLength: 1000 }),
        Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), { minItems: 1, maxItems: 10_000 }),
      ],
      {
        description:
          'Column names or patterns in which * stands for any characters and ? for one: "p*". ' +
          'Columns that earlier steps made can be named too',
      },
    ),
    options: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'As GET /v1/transforms says' }),
    ),
  },
  { additionalProperties: false },
)
export type TransformStep = Static<typeof TransformStep>

const CHAIN = '^[a-z0-9][a-z0-9-]{0,62}'

/** The name of a saved chain. */
export const ChainName = Type.String({
  pattern: `${CHAIN}$`,
  description: 'The chain’s name',
  examples: ['flowers'],
})

/** Steps, or a saved chain of them. */
export const TransformsRequest = Type.Union(
  [
    Type.Array(TransformStep, { maxItems: 100, title: 'steps' }),
    Type.Object(
      {
        chain: Type.String({
          pattern: `${CHAIN}(@[1-9][0-9]{0,8})?$`,
          description: 'A saved chain, by name (its newest version) or as name@version',
        }),
      },
      { additionalProperties: false, title: 'a saved chain' },
    ),
  ],
  { description: 'Replaces the default preprocessing: steps in their order, or { "chain": "clean@2" }' },
)
export type TransformsRequest = Static<typeof TransformsRequest>

/** A step whose transform is known and whose options are checked and complete. */
export interface CheckedStep {
  readonly transform: Transform
  readonly columns: string | readonly string[]
  readonly options: unknown
}

/**
 * The names that patterns stand for, in the order of `names`, each once.
 * A name that exists is never read as a pattern.
 *
 * @returns also the patterns that matched nothing
 */
export function matchColumns(
  patterns: string | readonly string[],
  names: readonly string[],
): { readonly matched: readonly string[]; readonly unmatched: readonly string[] } {
  const known = new Set(names)
  const chosen = new Set<string>()
  const unmatched: string[] = []
  for (const pattern of typeof patterns === 'string' ? [patterns] : patterns) {
    const hits = known.has(pattern) ? [pattern] : names.filter(matcher(pattern))
    if (hits.length === 0) unmatched.push(pattern)
    for (const name of hits) chosen.add(name)
  }
  return { matched: names.filter((name) => chosen.has(name)), unmatched }
}

function matcher(pattern: string): (name: string) => boolean {
  if (!/[*?]/.test(pattern)) return () => false
  return (name) => globMatches(pattern, name)
}

/** Linear in pattern × name, whatever the pattern: it comes from a request, where a regular expression could hang. */
function globMatches(pattern: string, name: string): boolean {
  let at = 0
  let from = 0
  let star = -1
  let retry = 0
  while (at < name.length) {
    if (pattern[from] === '*') {
      star = from++
      retry = at
    } else if (from < pattern.length && (pattern[from] === '?' || pattern[from] === name[at])) {
      from++
      at++
    } else if (star >= 0) {
      from = star + 1
      at = ++retry
    } else return false
  }
  while (pattern[from] === '*') from++
  return from === pattern.length
}
