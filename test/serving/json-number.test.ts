import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededNumbers } from '../../src/datasets/seeded-order.js'
import { readJsonNumber } from '../../src/serving/decoder/json-number.js'

function read(text: string): number {
  const numbers = new Float64Array(1)
  const end = readJsonNumber(Buffer.from(`${text},`), 0, { numbers, index: 0 })
  assert.equal(end, text.length, text)
  return numbers[0] as number
}

const random = seededNumbers(7)
const digits = (count: number) =>
  Array.from({ length: count }, (_, i) => Math.floor(random() * 10) || (i === 0 ? 1 : 0)).join('')

test('numbers of any length, with points and exponents anywhere, are the doubles of JSON.parse', () => {
  for (let i = 0; i < 400_000; i++) {
    const count = 1 + Math.floor(random() * 20)
    const whole = Math.floor(random() * (count + 1))
    const all = digits(count)
    const zeros = '0'.repeat(random() < 0.3 ? Math.floor(random() * 8) : 0)
    const mantissa =
      whole === 0 ? `0.${zeros}${all}` : whole === count ? all : `${all.slice(0, whole)}.${all.slice(whole)}`
    const exponent = random() < 0.3 ? `e${Math.floor(random() * 60) - 30}` : ''
    const text = `${random() < 0.5 ? '-' : ''}${mantissa}${exponent}`
    assert.equal(read(text), JSON.parse(text), text)
  }
})

test('doubles as JavaScript and Python write them come back bit for bit', () => {
  for (let i = 0; i < 400_000; i++) {
    const value = (random() + random() * 2 ** -32) * 10 ** Math.floor(random() * 12 - 8)
    const text = JSON.stringify(value)
    assert.equal(read(text), value, text)
    const written = value.toPrecision(17)
    if (!/^0\d/.test(written)) assert.equal(read(written), value, written)
  }
})

test('numbers in the middle between two doubles, and close to it, are rounded as JSON.parse does', () => {
  for (let i = 0; i < 50_000; i++) {
    // From 2 ** 52 to 2 ** 53 doubles are whole, below that halves, then quarters.
    const power = Math.floor(random() * 3)
    const significand = BigInt(Math.floor(random() * 2 ** 52)) + 2n ** 52n
    const middle = (2n * significand + 1n) * 5n ** BigInt(power + 1)
    for (const near of [-1n, 0n, 1n]) {
      const text = String(middle + near)
      const written = `${text.slice(0, -power - 1)}.${text.slice(-power - 1)}`
      assert.equal(read(written), JSON.parse(written), written)
    }
  }
  for (const tie of ['4503599627370497.5', '4503599627370496.5', '2251799813685249.25', '9007199254740992.9'])
    assert.equal(read(tie), JSON.parse(tie))
})
