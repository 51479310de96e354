import type { Signature } from '../../src/serving/signature.js'

/** A number from 0 to below 1. */
export type Random = () => number

/** Mulberry32: the same numbers in each run. */
export function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const pick = <T>(random: Random, options: readonly T[]): T =>
  options[Math.floor(random() * options.length)] as T
const digits = (random: Random, longest: number): string =>
  Array.from({ length: 1 + Math.floor(random() * longest) }, () => Math.floor(random() * 10)).join('')

const scratch = new DataView(new ArrayBuffer(8))
const anyDouble = (random: Random): string => {
  scratch.setUint32(0, random() * 2 ** 32)
  scratch.setUint32(4, random() * 2 ** 32)
  const value = scratch.getFloat64(0)
  return Number.isFinite(value) ? String(value) : '5e-324'
}

/** Near a power of ten or two, where roundings change; halves between two doubles among them. */
const border = (random: Random): string => {
  const near = BigInt(2) ** BigInt(50 + Math.floor(random() * 6)) + BigInt(Math.floor(random() * 9) - 4)
  return `${near}${pick(random, ['', '.5', '.0', '.49999999999999999999', '.50000000000000000001', 'e-22', 'e22', 'e23'])}`
}

/** A number as JSON allows it: short and long, with and without fraction and exponent, some too large for a double. */
export function randomNumber(random: Random): string {
  const sign = pick(random, ['', '', '-'])
  const whole = digits(random, pick(random, [1, 3, 17, 25])).replace(/^0+(?=\d)/, '')
  const fraction = pick(random, [
    '',
    '',
    `.${digits(random, 4)}`,
    `.${digits(random, 20)}`,
    '.0',
    `.000000000000000000000${digits(random, 3)}`,
  ])
  const exponent = pick(random, [
    '',
    '',
    '',
    `${pick(random, ['e', 'E'])}${pick(random, ['', '+', '-'])}${digits(random, pick(random, [1, 2, 3, 5]))}`,
  ])
  const spelled = `${sign}${whole}${fraction}${exponent}`
  return pick(
    random,
    [
      spelled,
      spelled,
      spelled,
      () => anyDouble(random),
      () => `${sign}${border(random)}`,
      '-0',
      '0',
      '-0.0',
      '0e0',
      '1e308',
      '1.7976931348623157e308',
      '1.7976931348623159e308',
      '5e-324',
      '2e-324',
      '9007199254740993',
      '1e400',
    ].map((option) => (typeof option === 'function' ? option() : option)),
  )
}

/** As most clients send them; the odd ones are refused, or are left to the parser. */
const texts = ['', 'clerk', ' a ', 'NA', 'Ä☕', '😀', '__proto__', 'null', '\u007f', '\ufeffx']
const oddTexts = ['a\\u00e4', 'a\\n', '\\"', '\t', '\ud800', '\\ud800', '\\x']
const oddValues = [
  '{}',
  '[]',
  '[null]',
  '"1"',
  'true',
  'nul',
  '',
  'NaN',
  '{"__proto__":1}',
  '[[1]]',
  '1e400',
  '"2024"',
]

const plainNumber = (random: Random): string => {
  const text = randomNumber(random)
  return Number.isFinite(Number(text)) && !/e[-+]?\d{4}/i.test(text) ? text : plainNumber(random)
}

function randomValue(random: Random, { type, length = 1 }: Signature['inputs'][number]): string {
  if (random() < 0.05) return 'null'
  switch (type) {
    case 'boolean':
      return pick(random, ['true', 'false', '1', '0', '-0', '1.0'])
    case 'date':
      return pick(random, ['"2024-05-31"', '"2024-05-31T12:30Z"', '"NA"', '1700000000000', '-1.5'])
    case 'vector':
      return `[${Array.from({ length }, () => plainNumber(random)).join(space(random, ','))}]`
    case 'category':
    case 'list':
      return `"${pick(random, texts)}"`
    case 'identifier':
      return pick(random, [`"${pick(random, texts)}"`, plainNumber(random)])
    default:
      return plainNumber(random)
  }
}

const oddValue = (random: Random): string =>
  pick(random, [pick(random, oddValues), `"${pick(random, oddTexts)}"`, randomNumber(random), '[1,2,3,4]'])

/** White space around a token, most often none. */
const space = (random: Random, token: string): string =>
  random() < 0.9
    ? token
    : `${pick(random, ['', ' ', '\n\t', '\r '])}${token}${pick(random, ['', ' ', '  \n'])}`

function randomRow({ inputs, ignored }: Signature, random: Random): string {
  const oddAt = random() < 0.1 ? Math.floor(random() * inputs.length) : -1
  const members = inputs.map((input, at) => {
    const value = at === oddAt ? oddValue(random) : randomValue(random, input)
    return `${space(random, JSON.stringify(input.name))}:${value}`
  })
  const odd = random()
  const any = Math.floor(random() * members.length)
  if (odd < 0.02) members.splice(any, 1)
  else if (odd < 0.04) members.push(members[any] as string)
  else if (odd < 0.06) members.push(members.shift() as string)
  else if (odd < 0.08) members.push(`"${pick(random, ignored)}":1`)
  else if (odd < 0.1)
    members.push(
      pick(random, ['"more":1', '"__proto__":{}', '"constructor":{"prototype":1}', '"\\u0061ge":1']),
    )
  return space(random, `{${members.join(space(random, ','))}}`)
}

/** Bytes that JSON may or may not have at that place. */
const strays = [...'{}[]:,"\\0-+.eE \n\u0000x', '\u00ff'].map((text) => text.charCodeAt(0))

function mutated(bytes: Buffer, random: Random): Buffer {
  const at = Math.floor(random() * bytes.length)
  const stray = Buffer.of(pick(random, strays))
  const end = Math.min(bytes.length, at + pick(random, [0, 1, 1, 5]))
  return Buffer.concat([bytes.subarray(0, at), ...(random() < 0.7 ? [stray] : []), bytes.subarray(end)])
}

/** A predict body with one to three rows, most often one that the signature takes; a third has bytes changed. */
export function randomBody(signature: Signature, random: Random): Buffer {
  const rows = Array.from({ length: 1 + Math.floor(random() * 3) }, () => randomRow(signature, random))
  const before = pick(random, ['', '', '', '', '', '\ufeff', ' '])
  const more = random() < 0.03 ? ',"mode":1' : ''
  const body = Buffer.from(
    `${before}{${space(random, '"instances"')}:[${rows.join(space(random, ','))}]${more}}${space(random, '')}`,
  )
  return random() < 0.33 ? mutated(body, random) : body
}
