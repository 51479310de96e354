import { type Static, Type } from 'typebox'
import type { TensorColumn, TextColumn } from '../contracts/table.js'
import type { Transform, TransformWarning } from '../contracts/transform.js'
import { countTerms, mostFrequent } from './texts/count-terms.js'
import { textBlocks, textsOf } from './texts/rows.js'

const Options = Type.Object(
  {
    level: Type.Enum(['word', 'char'], {
      default: 'word',
      description: 'A token is a word or a mark between words; or a character, spaces too',
    }),
    lowercase: Type.Boolean({ default: true, description: 'Capital letters become small ones' }),
    minCount: Type.Integer({
      default: 2,
      minimum: 1,
      description: 'Tokens that stand less often in the training rows count as unknown',
    }),
    maxTokens: Type.Integer({
      default: 20_000,
      minimum: 1,
      maximum: 1_000_000,
      description: 'The tokens that stand most often are known; all others count as unknown',
    }),
    length: Type.Integer({
      default: 256,
      minimum: 1,
      maximum: 65_536,
      description: 'Most tokens of a row; fewer where no training text is as long',
    }),
    keep: Type.Enum(['beginning', 'end'], {
      default: 'beginning',
      description: 'What stays of a text that is longer',
    }),
    padding: Type.Enum(['before', 'after'], {
      default: 'before',
      description:
        'Where a shorter text is filled up: before it, so that recurrent families end with its last token',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface FittedTokens {
  /** The first one's id is 2. */
  readonly tokens: readonly string[]
  readonly length: number
  /** Tokens of the training rows, and how many of them are unknown. */
  readonly times: number
  readonly unknown: number
}
type State = readonly FittedTokens[]

/** Ids that are no words. */
const UNKNOWN = 1
const FIRST = 2
/** From this share of unknown tokens in training on, the report says so. */
const MANY_UNKNOWN = 0.1
/** Of a text that is read, for each token that is kept: words are shorter on average. */
const CHARACTERS_PER_TOKEN = 64

const tokenise = {
  name: 'tokenise',
  summary:
    'Turns a text into the ids of its words or characters in their order, for families that take tokens: 0 fills up, 1 is a token ' +
    'that training has not seen or hardly, known ones follow in alphabetical order. A missing text is all 0.',
  options: Options,
  accepts: 'text',
  fit: (columns, options) => columns.map((column) => fittedTokens(column, options)),
  apply: (columns, state, options) =>
    columns.map((column, index) => encoded(column, state[index] as FittedTokens, options)),
  warnings: (columns, state) =>
    columns.flatMap((name, index) => unknownWarning(name, state[index] as FittedTokens)),
} satisfies Transform<Options, State, TextColumn>
export default tokenise

/** Words with the apostrophes within them; other visible marks each alone. */
const WORD_OR_MARK = /[\p{L}\p{N}\p{M}_]+(?:['’][\p{L}\p{N}\p{M}_]+)*|[^\s\p{L}\p{N}\p{M}_]/gu

function tokensOf(text: string, { level, lowercase }: Options): string[] {
  const read = lowercase ? text.toLowerCase() : text
  return level === 'char' ? Array.from(read) : (read.match(WORD_OR_MARK) ?? [])
}

function fittedTokens(column: TextColumn, options: Options): FittedTokens {
  const { counts } = countTerms(column, (text) => tokensOf(text, options))
  for (const [token, { times }] of counts) if (times < options.minCount) counts.delete(token)
  const tokens = mostFrequent(counts, options.maxTokens)
  const known = new Set(tokens)
  let longest = 1
  let times = 0
  let unknown = 0
  for (const { text, rows } of textsOf(column)) {
    const found = tokensOf(text, options)
    longest = Math.max(longest, found.length)
    times += rows * found.length
    unknown += rows * found.filter((token) => !known.has(token)).length
  }
  return { tokens, length: Math.min(options.length, longest), times, unknown }
}

function encoded(column: TextColumn, { tokens, length }: FittedTokens, options: Options): TensorColumn {
  const ids = indexOf(tokens)
  const { keep, padding } = options
  const values = textBlocks(column, {
    size: length,
    write(text, block) {
      const all = tokensOf(readPart(text, length, keep), options)
      const kept = keep === 'beginning' ? all.slice(0, length) : all.slice(-length)
      const from = padding === 'before' ? length - kept.length : 0
      for (const [at, token] of kept.entries()) block[from + at] = ids.get(token) ?? UNKNOWN
    },
  })
  return {
    kind: 'tensor',
    name: column.name,
    rowKind: 'tokens',
    shape: [length],
    tokens: tokens.length + FIRST,
    values,
  }
}

/** A text of a megabyte is not taken apart for its first words. */
function readPart(text: string, length: number, keep: Options['keep']): string {
  const most = CHARACTERS_PER_TOKEN * length
  if (text.length <= most) return text
  return keep === 'beginning' ? text.slice(0, most) : text.slice(-most)
}

/** Kept by the list's own object, so that serving makes the index once for each loaded model. */
const indices = new WeakMap<readonly string[], ReadonlyMap<string, number>>()

function indexOf(tokens: readonly string[]): ReadonlyMap<string, number> {
  const known = indices.get(tokens)
  if (known !== undefined) return known
  const index = new Map(tokens.map((token, at) => [token, at + FIRST]))
  indices.set(tokens, index)
  return index
}

function unknownWarning(name: string, { times, unknown }: FittedTokens): TransformWarning[] {
  if (unknown < MANY_UNKNOWN * times || times === 0) return []
  const share = Math.round((100 * unknown) / times)
  return [
    {
      code: 'unknown-tokens',
      detail: `${unknown} of the ${times} tokens of ${name} in the training rows (${share} %) count as unknown`,
      remedy: 'Lower minCount, raise maxTokens, or take the level char',
    },
  ]
}
