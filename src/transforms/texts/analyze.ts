import { type Static, Type } from 'typebox'
import { unfit } from '../columns/unfit.js'

const size = (value: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum: 10, description })

/** Options of transforms that look at words and characters of a text. */
export const analysisProperties = {
  analyzer: Type.Enum(['word', 'char', 'char-wb', 'word-and-char-wb'], {
    default: 'word',
    description:
      'What is counted: n-grams of words of two letters, digits or _ at least; of characters; of characters within words, a space at both ends; or the first and the third, each for itself',
  }),
  minWords: size(1, 'Least words of an n-gram'),
  maxWords: size(2, 'Most words of an n-gram; a text gives those of every size between'),
  minCharacters: size(3, 'Least characters of an n-gram of characters'),
  maxCharacters: size(5, 'Most characters of an n-gram of characters'),
  lowercase: Type.Boolean({ default: true, description: 'Capital letters become small ones' }),
  readCharacters: Type.Integer({
    default: 100_000,
    minimum: 1,
    maximum: 2 ** 20,
    description: 'UTF-16 units of a text that are read, from its beginning',
  }),
}
const Analysis = Type.Object(analysisProperties)
export type Analysis = Static<typeof Analysis>

/** The n-grams of a text, in their order, with those that repeat. */
export type Analyzer = (text: string) => string[]

/** Words as scikit-learn's `(?u)\b\w\w+\b` finds them, marks that letters are composed with among them. */
const WORDS = /[\p{L}\p{N}\p{M}_]{2,}/gu
const SURROGATES = /[\ud800-\udfff]/

/**
 * What takes a text apart, as scikit-learn's CountVectorizer does: one function for each kind of n-grams.
 *
 * @throws FlywheelError specification-invalid for sizes that leave none
 */
export function analyzersOf(options: Analysis): readonly Analyzer[] {
  const { analyzer, minWords, maxWords, minCharacters, maxCharacters, lowercase, readCharacters } = options
  const words = sizesOf('maxWords', minWords, maxWords)
  const characters = sizesOf('maxCharacters', minCharacters, maxCharacters)
  const read = (text: string): string => {
    const part = text.length > readCharacters ? text.slice(0, readCharacters) : text
    return lowercase ? part.toLowerCase() : part
  }
  const byWords: Analyzer = (text) => wordGrams(read(text), words)
  const withinWords: Analyzer = (text) => gramsWithinWords(read(text), characters)
  switch (analyzer) {
    case 'word':
      return [byWords]
    case 'char':
      return [(text) => characterGrams(read(text), characters)]
    case 'char-wb':
      return [withinWords]
    case 'word-and-char-wb':
      return [byWords, withinWords]
  }
}

function sizesOf(path: string, least: number, most: number): Sizes {
  if (least > most) throw unfit(`options.${path}`, `at least ${least}, the least size`, most)
  return { least, most }
}

interface Sizes {
  readonly least: number
  readonly most: number
}

function wordGrams(text: string, { least, most }: Sizes): string[] {
  const words: string[] = text.match(WORDS) ?? []
  const grams: string[] = least === 1 ? [...words] : []
  for (let size = Math.max(least, 2); size <= most; size++) {
    for (let at = 0; at + size <= words.length; at++) grams.push(words.slice(at, at + size).join(' '))
  }
  return grams
}

function characterGrams(text: string, { least, most }: Sizes): string[] {
  const characters = charactersOf(text.replace(/\s\s+/g, ' '))
  const grams: string[] = []
  for (let size = least; size <= most; size++) pushGrams(grams, characters, size)
  return grams
}

/** A word that is shorter than a size is one n-gram, once. */
function gramsWithinWords(text: string, { least, most }: Sizes): string[] {
  const grams: string[] = []
  for (const word of text.split(/\s+/)) {
    if (word === '') continue
    const characters = charactersOf(` ${word} `)
    for (let size = least; size <= most; size++) {
      if (size < characters.length) pushGrams(grams, characters, size)
      else {
        grams.push(characters.slice(0, characters.length))
        break
      }
    }
  }
  return grams
}

/** A text by its characters, not by UTF-16 units. */
interface Characters {
  readonly length: number
  slice(from: number, to: number): string
}

function charactersOf(text: string): Characters {
  if (!SURROGATES.test(text)) return text
  const characters = Array.from(text)
  return { length: characters.length, slice: (from, to) => characters.slice(from, to).join('') }
}

function pushGrams(grams: string[], characters: Characters, size: number): void {
  for (let at = 0; at + size <= characters.length; at++) grams.push(characters.slice(at, at + size))
}

/** How often each one stands there, in the order of first appearance. */
export function countsOf(terms: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}
