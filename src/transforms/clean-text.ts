import { type Static, Type } from 'typebox'
import type { TextColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { mapTexts } from './texts/rows.js'

const Options = Type.Object(
  {
    lowercase: Type.Boolean({ default: true, description: 'Capital letters become small ones' }),
    unicode: Type.Enum(['nfkc', 'nfc', 'keep'], {
      default: 'nfkc',
      description:
        'nfkc: letters of other widths, ligatures and the like become plain ones (Unicode NFKC); nfc: only composed and decomposed letters are made alike',
    }),
    accents: Type.Enum(['keep', 'remove'], { default: 'keep', description: 'remove: é becomes e' }),
    html: Type.Enum(['remove', 'keep'], {
      default: 'remove',
      description: 'Tags go, and &amp; and the like become the characters that they stand for',
    }),
    urls: Type.Enum(['replace', 'remove', 'keep'], {
      default: 'replace',
      description: 'Web and e-mail addresses: replace writes the words url and email in their place',
    }),
    punctuation: Type.Enum(['keep', 'remove'], {
      default: 'keep',
      description: 'remove: marks and symbols become spaces',
    }),
    digits: Type.Enum(['keep', 'zero', 'remove'], {
      default: 'keep',
      description: 'zero: every digit becomes 0, so that numbers of one length are alike',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

const cleanText = {
  name: 'clean-text',
  summary:
    'Makes texts plain before they are taken apart: letters, HTML, addresses, marks and digits as the options say; control ' +
    'characters go and runs of spaces become one. Nothing is learnt. A missing text stays missing, an empty one empty.',
  options: Options,
  accepts: 'text',
  fit: () => null,
  apply: (columns, _state, options) =>
    columns.map((column) => mapTexts(column, (text) => cleaned(text, options))),
} satisfies Transform<Options, null, TextColumn>
export default cleanText

// Each looks at a character a bounded number of times: a text comes from a request, and must not hang a process.
const COMMENTS_AND_TAGS = /<[a-z!/?][^<>]*>/gi
const ENTITIES = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi
const URLS = /\b(?:https?:\/\/|www\.)[^\s<>"]+/gi
const EMAILS = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu
const MARKS = /[\p{P}\p{S}]+/gu
const DIGITS = /\p{Nd}/gu
const CONTROLS = /[\p{Cc}\p{Cf}]+/gu
const ACCENTS = /\p{Mn}+/gu
const SPACES = /\s+/g

const namedEntities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
  euro: '€',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
}

function cleaned(text: string, options: Options): string {
  let clean = options.html === 'remove' ? withoutHtml(text) : text
  if (options.unicode !== 'keep') clean = clean.normalize(options.unicode === 'nfkc' ? 'NFKC' : 'NFC')
  if (options.accents === 'remove') clean = clean.normalize('NFD').replace(ACCENTS, '').normalize('NFC')
  if (options.lowercase) clean = clean.toLowerCase()
  if (options.urls !== 'keep') {
    const [url, email] = options.urls === 'replace' ? [' url ', ' email '] : [' ', ' ']
    clean = clean.replace(URLS, url).replace(EMAILS, email)
  }
  if (options.digits !== 'keep') clean = clean.replace(DIGITS, options.digits === 'zero' ? '0' : ' ')
  if (options.punctuation === 'remove') clean = clean.replace(MARKS, ' ')
  return clean.replace(SPACES, ' ').replace(CONTROLS, '').trim()
}

const withoutHtml = (text: string): string =>
  text.replace(COMMENTS_AND_TAGS, ' ').replace(ENTITIES, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) {
      const key = String(name).toLowerCase()
      return Object.hasOwn(namedEntities, key) ? (namedEntities[key] as string) : whole
    }
    const point = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
