import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import {
  isBankAccount,
  isCard,
  isChineseId,
  isSpanishId,
  isUsSocialSecurity,
} from '../../src/datasets/personal/checks.js'
import { personalName } from '../../src/datasets/personal/column-names.js'
import { uniform } from '../support/drawn-rows.js'
import { read, refusal } from './reading.js'

const found = ({ report }: Awaited<ReturnType<typeof read>>) =>
  report.findings
    .filter(({ code }) => code === 'personal-data')
    .map(({ column, detail }) => `${column}: ${detail}`)

const people = [
  'first_name,contact,phone,card,account,ssn,note,age',
  'Ada,ada@example.org,+49 171 1234567,4111 1111 1111 1111,DE89 3704 0044 0532 0130 00,123-45-6789,call (555) 123-4567 or ada@example.org,36',
  'Alan,alan.turing@example.co.uk,+44 20 7946 0958,5500-0000-0000-0004,GB82WEST12345698765432,987-65-4321,paid with 378282246310005,41',
  'Grace,grace@example.com,+1 (212) 555-0100,4012888888881881,FR1420041010050500013M02606,001-01-0001,met on 2024-05-31,85',
].join('\n')

describe('check digits', () => {
  test('tell numbers from digits', () => {
    const right = [
      [isCard, '4111 1111 1111 1111'],
      [isBankAccount, 'GB82 WEST 1234 5698 7654 32'],
      [isUsSocialSecurity, '123-45-6789'],
      [isSpanishId, '12345678Z'],
      [isSpanishId, 'X1234567L'],
      [isChineseId, '11010519491231002X'],
    ] as const
    const wrong = [
      [isCard, '4111 1111 1111 1112'],
      [isCard, '0000000000000000'],
      [isBankAccount, 'GB82 WEST 1234 5698 7654 33'],
      [isUsSocialSecurity, '666-45-6789'],
      [isSpanishId, '12345678A'],
      [isChineseId, '110105194912310021'],
    ] as const
    for (const [check, text] of right) assert.ok(check(text), text)
    for (const [check, text] of wrong) assert.ok(!check(text), text)
  })
})

describe('personal data', () => {
  test('is found by its form, and by the names of columns', async () => {
    assert.deepEqual(found(await read(people)), [
      'first_name: first_name seems to hold names of people',
      'contact: 3 of 3 values hold e-mail addresses',
      'phone: phone seems to hold phone numbers',
      'card: 3 of 3 values hold card numbers',
      'account: 3 of 3 values hold identity or account numbers',
      'ssn: ssn seems to hold identity or account numbers',
      'note: 1 of 3 values hold e-mail addresses',
      'note: 1 of 3 values hold card numbers',
      'note: 1 of 3 values hold phone numbers',
    ])
  })

  test('is not seen in measurements, codes, dates and texts', async () => {
    const draw = uniform(3)
    const digits = (count: number) => Array.from({ length: count }, () => Math.floor(draw() * 10)).join('')
    const lines = Array.from(
      { length: 400 },
      (_, row) =>
        `${row},${draw() * 1e6},2024-05-${String(1 + (row % 28)).padStart(2, '0')} 10:00,x${digits(9)},1${digits(14)},` +
        `192.168.${row % 250}.7,"about ${row} of 12,500.50 at 10:30",${digits(3)}-${digits(4)}`,
    )
    const header = 'row,value,time,code,serial,address,text,part'
    assert.deepEqual(found(await read(`${header}\n${lines.join('\n')}\n`)), [])
  })

  test('is masked before it is stored, on demand', async () => {
    const reading = await read(people, { personalData: 'mask' })
    assert.deepEqual(reading.values.first_name, ['[name]', '[name]', '[name]'])
    assert.deepEqual(reading.values.contact, ['[email]', '[email]', '[email]'])
    assert.deepEqual(reading.values.note, [
      'call [phone] or [email]',
      'paid with [card]',
      'met on 2024-05-31',
    ])
    assert.deepEqual(reading.values.age, [36, 41, 85])
    assert.match(found(reading)[0] ?? '', /they were replaced by \[name\]$/)
    for (const secret of ['Ada', 'example.org', '4111', 'WEST', '6789']) {
      assert.ok(!reading.stored.includes(secret) && !JSON.stringify(reading.report).includes(secret), secret)
    }
  })

  test('is left out with its column, on demand', async () => {
    const reading = await read(people, { personalData: 'drop' })
    assert.deepEqual(reading.values, { age: [36, 41, 85] })
    assert.match(found(reading)[1] ?? '', /^contact: .*; the column was left out$/)
    const { message } = await refusal('email\na@example.org\n', { personalData: 'drop' })
    assert.match(message, /none is left/)
  })

  test('among numbers is masked as text, whatever type was given', async () => {
    const csv = 'mobile,card,n\n491711234567,4111111111111111,1\n491711234568,4012888888881881,2\n'
    for (const types of [{}, { card: 'integer' }] as const) {
      const { values, columns } = await read(csv, { personalData: 'mask', types })
      assert.deepEqual(values, { mobile: ['[phone]', '[phone]'], card: ['[card]', '[card]'], n: [1, 2] })
      assert.equal(columns[1]?.type, 'category')
    }
  })

  test('in rows that could not be read is not shown either', async () => {
    const csv = 'email,n\na@example.org,1\nb@example.org,x,3\n'
    const { report } = await read(csv, { personalData: 'mask', onInvalidRow: 'skip' })
    assert.deepEqual(
      report.errors.map(({ received }) => received),
      ['withheld, as personalData asks'],
    )
  })
})

test('a column that is called name holds people only where its values look like them', async () => {
  const people = await read('name\nAda Lovelace\nLudwig van Beethoven\nGrace B. Hopper\n')
  assert.deepEqual(found(people), ['name: name seems to hold names of people'])
  assert.deepEqual(found(await read('name\nblue chair\nlamp\nOak Table\n')), [])
})

test('names of columns are read in any case and with signs', () => {
  const kinds = [
    'E-Mail',
    'customerEmail',
    'Phone No.',
    'first name',
    'NACHNAME',
    'Prénom',
    'credit_card_number',
  ].map(personalName)
  assert.deepEqual(kinds, ['email', 'email', 'phone', 'name', 'name', 'name', 'card'])
  const others = ['name', 'product_name', 'email_opens', 'phone_model', 'card_type', 'file', 'p0']
  assert.deepEqual(
    others.map(personalName),
    others.map(() => null),
  )
})

test('the forms are written so that both readers take them', async () => {
  const source = await readFile(new URL('../../../src/datasets/personal/kinds.ts', import.meta.url), 'utf8')
  assert.ok(!/\(\?[!=<]/.test(source), 'RE2 knows no look-around')
})

test('texts that look like nothing but beginnings are searched in a moment', async () => {
  const texts = ['a'.repeat(900_000), '0'.repeat(900_000), `${'0 12-'.repeat(90_000)}x`, 'x@'.repeat(400_000)]
  const before = process.cpuUsage()
  const { rows } = await read(`t\n${texts.join('\n')}\n`, { personalData: 'mask' })
  const { user, system } = process.cpuUsage(before)
  assert.equal(rows, 4)
  assert.ok(user + system < 15e6, `${(user + system) / 1e6} s`)
})
