import { type Static, Type } from 'typebox'
import type { TextColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'

const Options = Type.Object(
  {
    case: Type.Union([Type.Literal('keep'), Type.Literal('lower'), Type.Literal('upper')], {
      default: 'keep',
      description: 'Letters stay, or become small or capital',
    }),
    fullStop: Type.Boolean({ default: false, description: 'Takes a final full stop away' }),
    missing: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
      default: [],
      maxItems: 100,
      description: 'Texts that count as missing once they are trimmed, in any case: "unknown"',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

const trim = {
  name: 'trim',
  summary:
    'Makes spellings of one category equal: outer spaces go, runs of spaces become one, composed and decomposed letters are the ' +
    'same (Unicode NFC), and the case too if asked for. A text that is empty then is missing. Nothing is learnt.',
  options: Options,
  accepts: 'text',
  fit: () => null,
  apply: (columns, _state, options) => columns.map((column) => trimmed(column, options)),
} satisfies Transform<Options, null, TextColumn>
export default trim

function trimmed({ name, codes, dictionary }: TextColumn, options: Options): TextColumn {
  const missing = new Set(options.missing.map((text) => text.trim().toLowerCase()))
  const places = new Map<string, number>()
  const codeOf = dictionary.map((text) => {
    const plain = plainText(text, options)
    if (plain === '' || missing.has(plain.toLowerCase())) return -1
    const known = places.get(plain)
    if (known !== undefined) return known
    places.set(plain, places.size)
    return places.size - 1
  })
  return {
    kind: 'text',
    name,
    codes: codes.map((code) => (code < 0 ? -1 : (codeOf[code] as number))),
    dictionary: [...places.keys()],
  }
}

function plainText(text: string, { case: letters, fullStop }: Options): string {
  const spaced = text.normalize('NFC').trim().replace(/\s+/g, ' ')
  const stopped = fullStop && spaced.endsWith('.') ? spaced.slice(0, -1).trimEnd() : spaced
  return letters === 'keep' ? stopped : letters === 'lower' ? stopped.toLowerCase() : stopped.toUpperCase()
}
