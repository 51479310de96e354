import { type Static, Type } from 'typebox'
import type { TensorColumn, TextColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { murmurHash } from './columns/murmur-hash.js'
import { analysisProperties, analyzersOf } from './texts/analyze.js'
import { type Bag, bagColumn, bagLength, emptyVocabulary, lengthFor } from './texts/bag.js'
import { textsOf } from './texts/rows.js'

const Options = Type.Object(
  {
    ...analysisProperties,
    buckets: Type.Integer({
      default: 2 ** 18,
      minimum: 2,
      maximum: 2 ** 24,
      description: 'Numbers that terms are hashed to; terms that meet in one are one',
    }),
    minRows: Type.Integer({
      default: 2,
      minimum: 1,
      description: 'Buckets of fewer training rows are left out, so that the network has no weights for them',
    }),
    weights: Type.Enum(['count', 'binary'], {
      default: 'count',
      description: 'What a term weighs: how often it stands there, or 1',
    }),
    length: bagLength,
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface FittedBuckets {
  /** In ascending order; an id is a place in it. */
  readonly buckets: readonly number[]
  readonly length: number
}
type State = readonly FittedBuckets[]

/** The hashing trick (Weinberger et al. 2009) on n-grams, as fastText has them (Joulin et al. 2016). */
const nGrams = {
  name: 'n-grams',
  summary:
    'Turns a text into a bag of its words and n-grams, hashed: no term is stored with the model. Terms whose bucket no training ' +
    'row has filled say nothing, and a text without any, or a missing one, is an empty bag.',
  options: Options,
  accepts: 'text',
  fit: (columns, options) => columns.map((column) => fittedBuckets(column, options)),
  apply: (columns, state, options) =>
    columns.map((column, index) => counted(column, state[index] as FittedBuckets, options)),
  warnings: (columns, state) =>
    columns.flatMap((name, index) => emptyVocabulary(name, (state[index] as FittedBuckets).buckets.length)),
} satisfies Transform<Options, State, TextColumn>
export default nGrams

function fittedBuckets(column: TextColumn, options: Options): FittedBuckets {
  const rowsOf = new Uint32Array(options.buckets)
  const hashes = hasher(options)
  for (const { text, rows } of textsOf(column)) {
    for (const bucket of new Set(hashes(text))) rowsOf[bucket] = (rowsOf[bucket] as number) + rows
  }
  const buckets: number[] = []
  for (const [bucket, rows] of rowsOf.entries()) if (rows >= options.minRows) buckets.push(bucket)
  const bagOf = bagger(buckets, options)
  return { buckets, length: lengthFor(column, { length: options.length, bagOf }) }
}

function counted(column: TextColumn, { buckets, length }: FittedBuckets, options: Options): TensorColumn {
  return bagColumn(column, { length, tokens: Math.max(1, buckets.length), bagOf: bagger(buckets, options) })
}

/** The buckets of a text's terms. */
function hasher(options: Options): (text: string) => number[] {
  const encoder = new TextEncoder()
  const bucketOf = (term: string): number => (murmurHash(encoder.encode(term)) >>> 0) % options.buckets
  const analyzers = analyzersOf(options)
  return (text) =>
    analyzers.flatMap((analyzer, part) =>
      // A word is another term than the same letters within a longer one.
      analyzer(text).map((term) => bucketOf(part === 0 ? term : `${part}${term}`)),
    )
}

/** Kept by the list's own object, so that serving makes the index once for each loaded model. */
const indices = new WeakMap<readonly number[], ReadonlyMap<number, number>>()

function indexOf(buckets: readonly number[]): ReadonlyMap<number, number> {
  const known = indices.get(buckets)
  if (known !== undefined) return known
  const index = new Map(buckets.map((bucket, id) => [bucket, id]))
  indices.set(buckets, index)
  return index
}

function bagger(buckets: readonly number[], options: Options): (text: string) => Bag {
  const hashes = hasher(options)
  const idOf = indexOf(buckets)
  return (text) => {
    const times = new Map<number, number>()
    for (const bucket of hashes(text)) {
      const id = idOf.get(bucket)
      if (id !== undefined) times.set(id, (times.get(id) ?? 0) + 1)
    }
    const ids = [...times.keys()].sort((a, b) => a - b)
    return { ids, weights: ids.map((id) => (options.weights === 'count' ? (times.get(id) as number) : 1)) }
  }
}
