import { type Static, Type } from 'typebox'
import type { TensorColumn, TextColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { type Analyzer, analysisProperties, analyzersOf, countsOf } from './texts/analyze.js'
import { type Bag, bagColumn, bagLength, emptyVocabulary, lengthFor } from './texts/bag.js'
import { countTerms, mostFrequent, type TermCount } from './texts/count-terms.js'

const Options = Type.Object(
  {
    ...analysisProperties,
    minRows: Type.Integer({
      default: 2,
      minimum: 1,
      description: 'Terms of fewer training rows are left out',
    }),
    maxShare: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'Terms that stand in more than this share of the training rows are left out',
    }),
    maxFeatures: Type.Integer({
      default: 50_000,
      minimum: 1,
      maximum: 1_000_000,
      description: 'The terms that stand most often stay, of words and of characters each so many',
    }),
    sublinear: Type.Boolean({
      default: true,
      description: 'A term that stands n times in a text counts 1 + ln n in place of n',
    }),
    useIdf: Type.Boolean({ default: true, description: 'Terms count less the more rows they stand in' }),
    smooth: Type.Boolean({
      default: true,
      description: 'Counts rows as if one more had every term: ln((1 + rows) / (1 + its rows)) + 1',
    }),
    norm: Type.Enum(['l2', 'l1', 'none'], {
      default: 'l2',
      description: 'What makes texts of all lengths alike: their squares, or their weights, add up to 1',
    }),
    length: bagLength,
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

/** Terms of one kind: n-grams of words, or of characters. */
interface FittedPart {
  /** A term's id is its place, after those of the parts before. */
  readonly terms: readonly string[]
  /** What each counts. */
  readonly idf: readonly number[]
}
interface FittedTerms {
  readonly parts: readonly FittedPart[]
  readonly length: number
}
type State = readonly FittedTerms[]

/** With the numbers of scikit-learn's TfidfVectorizer, in float32; of two parts with those of their FeatureUnion. */
const tfIdf = {
  name: 'tf-idf',
  summary:
    'Turns a text into a bag of its words and n-grams, weighted by how rare they are in the training rows (term frequency times ' +
    'inverse document frequency). Terms that training has not seen say nothing, and a text without any, or a missing ' +
    'one, is an empty bag.',
  options: Options,
  accepts: 'text',
  fit: (columns, options) => columns.map((column) => fittedTerms(column, options)),
  apply: (columns, state, options) =>
    columns.map((column, index) => weighted(column, state[index] as FittedTerms, options)),
  warnings: (columns, state) =>
    columns.flatMap((name, index) => emptyVocabulary(name, termCount(state[index] as FittedTerms))),
} satisfies Transform<Options, State, TextColumn>
export default tfIdf

const termCount = ({ parts }: Pick<FittedTerms, 'parts'>): number =>
  parts.reduce((sum, { terms }) => sum + terms.length, 0)

function fittedTerms(column: TextColumn, options: Options): FittedTerms {
  const parts = analyzersOf(options).map((analyzer) => fittedPart(column, analyzer, options))
  const { length } = options
  return { parts, length: lengthFor(column, { length, bagOf: bagger(parts, options) }) }
}

function fittedPart(column: TextColumn, analyzer: Analyzer, options: Options): FittedPart {
  const { minRows, maxShare, maxFeatures, useIdf, smooth } = options
  const { counts, texts } = countTerms(column, analyzer)
  for (const [term, { rows }] of counts) {
    if (rows < minRows || rows > maxShare * texts) counts.delete(term)
  }
  const terms = mostFrequent(counts, maxFeatures)
  const added = smooth ? 1 : 0
  const idf = terms.map((term) => {
    const { rows } = counts.get(term) as TermCount
    return useIdf ? Math.log((texts + added) / (rows + added)) + 1 : 1
  })
  return { terms, idf }
}

function weighted(column: TextColumn, fitted: FittedTerms, options: Options): TensorColumn {
  const tokens = Math.max(1, termCount(fitted))
  return bagColumn(column, { length: fitted.length, tokens, bagOf: bagger(fitted.parts, options) })
}

/** Kept by the list's own object, so that serving makes the index once for each loaded model. */
const indices = new WeakMap<readonly string[], ReadonlyMap<string, number>>()

function indexOf(terms: readonly string[]): ReadonlyMap<string, number> {
  const known = indices.get(terms)
  if (known !== undefined) return known
  const index = new Map(terms.map((term, id) => [term, id]))
  indices.set(terms, index)
  return index
}

/** Each part is weighted and brought to its size for itself. */
function bagger(parts: readonly FittedPart[], options: Options): (text: string) => Bag {
  const analyzers = analyzersOf(options)
  const known = parts.map(({ terms }) => indexOf(terms))
  return (text) => {
    const bag: { ids: number[]; weights: number[] } = { ids: [], weights: [] }
    let first = 0
    for (const [index, { terms, idf }] of parts.entries()) {
      const places = known[index] as ReadonlyMap<string, number>
      const found = weightsOf(countsOf((analyzers[index] as Analyzer)(text)), { places, idf, options })
      for (const { place, weight } of found) {
        bag.ids.push(first + place)
        bag.weights.push(weight)
      }
      first += terms.length
    }
    return bag
  }
}

interface Weighted {
  readonly place: number
  readonly weight: number
}

function weightsOf(
  counts: ReadonlyMap<string, number>,
  {
    places,
    idf,
    options: { sublinear, norm },
  }: { places: ReadonlyMap<string, number>; idf: readonly number[]; options: Options },
): Weighted[] {
  const found: Weighted[] = []
  for (const [term, times] of counts) {
    const place = places.get(term)
    if (place === undefined) continue
    found.push({ place, weight: (sublinear ? 1 + Math.log(times) : times) * (idf[place] as number) })
  }
  found.sort((a, b) => a.place - b.place)
  const size = sizeOf(found, norm)
  return found.map(({ place, weight }) => ({ place, weight: weight / size }))
}

/** Weights are never negative. */
function sizeOf(weighted: readonly Weighted[], norm: Options['norm']): number {
  if (norm === 'none') return 1
  if (norm === 'l1') return weighted.reduce((sum, { weight }) => sum + weight, 0)
  return Math.sqrt(weighted.reduce((sum, { weight }) => sum + weight * weight, 0))
}
