import { isBankAccount, isCard, isChineseId, isSpanishId, isUsSocialSecurity } from './checks.js'

export type PersonalKind = 'email' | 'phone' | 'card' | 'identity' | 'name'

/** A form that personal data has in texts, as a regular expression that JavaScript and DuckDB (RE2) read alike. */
export interface PersonalForm {
  readonly kind: Exclude<PersonalKind, 'name'>
  readonly pattern: string
  /** Whether what the pattern finds is such a thing: check digits. */
  readonly isOne: (text: string) => boolean
}

const digitsOf = (text: string): number => text.replace(/\D/g, '').length
const always = (): boolean => true

/** Numbers before phones: a card's digits could be a phone's. */
export const FORMS: readonly PersonalForm[] = [
  {
    kind: 'email',
    pattern: "[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){0,8}\\.[A-Za-z]{2,24}",
    isOne: always,
  },
  // Bank accounts: ISO 13616.
  {
    kind: 'identity',
    pattern: '\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b',
    isOne: isBankAccount,
  },
  // ISO/IEC 7812: in groups of four, or as American Express writes it.
  { kind: 'card', pattern: '\\b[2-6]\\d{3}[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{1,7}\\b', isOne: isCard },
  { kind: 'card', pattern: '\\b3[47]\\d{2}[ -]?\\d{6}[ -]?\\d{5}\\b', isOne: isCard },
  // The United States, the United Kingdom, Italy, Spain, China.
  { kind: 'identity', pattern: '\\b\\d{3}-\\d{2}-\\d{4}\\b', isOne: isUsSocialSecurity },
  {
    kind: 'identity',
    pattern: '\\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]\\b',
    isOne: always,
  },
  { kind: 'identity', pattern: '\\b[A-Z]{6}\\d{2}[A-EHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]\\b', isOne: always },
  { kind: 'identity', pattern: '\\b(?:[XYZ]\\d{7}|\\d{8})-?[A-Z]\\b', isOne: isSpanishId },
  { kind: 'identity', pattern: '\\b\\d{17}[0-9Xx]\\b', isOne: isChineseId },
  {
    // With the country's number (ITU-T E.164: at most 15 digits).
    kind: 'phone',
    pattern: '(?:\\+|\\b00)[1-9]\\d{0,2}(?:[ ./-]?\\(?\\d{1,5}\\)?){2,6}\\b',
    isOne: (text) => digitsOf(text) >= 8 && digitsOf(text) <= 17,
  },
  { kind: 'phone', pattern: '(?:\\(\\d{3}\\) ?|\\b\\d{3}[-.])\\d{3}[-.]\\d{4}\\b', isOne: always },
  {
    kind: 'phone',
    pattern: '\\b0\\d{2,4}[ /-]{1,3}\\d{3,}(?:[ -]\\d+){0,6}\\b',
    isOne: (text) => digitsOf(text) >= 8 && digitsOf(text) <= 13,
  },
]

/** Digits of the shortest number that is looked for. */
const LEAST_DIGITS = 5

/** Whether a text could hold anything of it: most have neither. */
export function mayHold(text: string): boolean {
  if (text.includes('@')) return true
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x30 && code <= 0x39 && ++digits === LEAST_DIGITS) return true
  }
  return false
}

/** In words, and what stands in the place of a masked one. */
export const KINDS: Readonly<Record<PersonalKind, { readonly words: string; readonly mask: string }>> = {
  email: { words: 'e-mail addresses', mask: '[email]' },
  phone: { words: 'phone numbers', mask: '[phone]' },
  card: { words: 'card numbers', mask: '[card]' },
  identity: { words: 'identity or account numbers', mask: '[identity]' },
  name: { words: 'names of people', mask: '[name]' },
}
