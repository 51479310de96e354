import type { PersonalKind } from './kinds.js'

/** What a column's name says that it holds: the words of the name without case and signs. */
const NAMES: readonly (readonly [kind: PersonalKind, pattern: RegExp])[] = [
  ['email', /^(e ?mail|mail)( address| addr)?$/],
  ['phone', /^(tele?|phone|telephone|mobile|cell|cellphone|handy|fax|telefon)( ?phone)?( number| no| nr)?$/],
  ['card', /^(credit|debit|payment|bank)? ?card( number| no| num)$|^(credit|debit)card$/],
  [
    'identity',
    /^(ssn|social security( number| no)?|national id|passport( number| no)?|tax (id|number)|iban|nino|dni|nif|nie|codice fiscale|(id|identity) card( number| no)?|drivers? licen[cs]e( number| no)?)$/,
  ],
  [
    'name',
    /^((first|last|full|sur|given|family|middle|maiden|birth|customer|client|patient|person|employee|contact|student|passenger|cardholder|holder) ?names?|surname|firstname|lastname|fullname|vorname|nachname|familienname|prenom|nom de famille|nombre|apellidos?|cognome)$/,
  ],
]

/** Words in front that say whose it is: `customer_email`. */
const WHOSE =
  /^(customer|client|user|patient|person|employee|contact|student|passenger|home|work|private|business|primary|secondary|billing|shipping|emergency) /

/** Products have names as well: the values decide whether they are people's. */
export const isPlainName = (name: string): boolean => /^names?$/i.test(name.trim())

/** Two to four words with capitals, as people are called. */
export const isPersonsName = (text: string): boolean =>
  text.length < 60 && /^\p{Lu}[\p{L}'’.-]*(?: (?:\p{Ll}{1,3} )?\p{Lu}[\p{L}'’.-]*){1,3}$/u.test(text)

/** What the name of a column promises; null for nothing personal. */
export function personalName(name: string): PersonalKind | null {
  const words = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
  for (const candidate of [words, words.replace(WHOSE, '')]) {
    const found = NAMES.find(([, pattern]) => pattern.test(candidate))
    if (found !== undefined) return found[0]
  }
  return null
}
