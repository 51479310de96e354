import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../src/contracts/validation.js'
import parseUnits from '../../src/transforms/parse-units.js'
import trim from '../../src/transforms/trim.js'
import { firstValues, text } from './sklearn.js'

const read = (training: (string | null)[], given: object = {}, later = training) => {
  const options = parse(parseUnits.options, given)
  return firstValues(
    parseUnits.apply([text('w', ...later)], parseUnits.fit([text('w', ...training)], options), options),
  )
}

test('parse-units brings numbers to the unit that most rows have', () => {
  assert.deepEqual(read(['12 kg', '3.5kg', '500 g', '7', '1 t', null]), [12, 3.5, 0.5, 7, 1000, Number.NaN])
  assert.deepEqual(read(['€ 1,200.50', '€2', '3 €']), [1200.5, 2, 3])
  assert.deepEqual(read(['35 %', '-2%', '−2 %']), [35, -2, -2])
})

test('parse-units reads units of the same kind that training has not seen', () => {
  assert.deepEqual(read(['2 h', '3 h'], {}, ['90 min', '1 day', '5 kg']), [1.5, 24, Number.NaN])
})

test('parse-units takes given units, and commas as the decimal mark', () => {
  assert.deepEqual(read(['3k', '2M', '5'], { units: { k: 1000, M: 1e6 } }), [3000, 2e6, 5])
  assert.deepEqual(
    read(['1.200,5 kg', '1,5 kg', ',5 kg', '1 200 kg'], { decimal: ',' }),
    [1200.5, 1.5, 0.5, 1200],
  )
})

test('parse-units makes what holds no number, several, or another unit missing, and says how many', () => {
  const column = text('w', '5 kg', 'heavy', '3 to 4 kg', '1,5 kg', '2 apples', 'heavy', null)
  const options = parse(parseUnits.options, {})
  const state = parseUnits.fit([column], options)
  const none = Number.NaN
  assert.deepEqual(firstValues(parseUnits.apply([column], state, options)), [
    5,
    none,
    none,
    none,
    none,
    none,
    none,
  ])
  assert.deepEqual(parseUnits.warnings(['w'], state), [
    {
      code: 'units-unread',
      detail: '5 training rows of w hold no number with a known unit and count as missing, such as "heavy"',
      remedy: 'Nothing, or give the units with their factors as the option units of parse-units',
    },
  ])
})

const trimmed = (given: object, ...texts: (string | null)[]) => {
  const [column] = trim.apply([text('c', ...texts)], null, parse(trim.options, given))
  return [...(column?.codes ?? [])].map((code) => (code < 0 ? null : column?.dictionary[code]))
}

test('trim makes spellings equal that differ in spaces and in how letters are composed', () => {
  assert.deepEqual(trimmed({}, ' Ulm', 'Ulm', 'New  York ', 'U\u0308lzen', '  ', null), [
    'Ulm',
    'Ulm',
    'New York',
    'Ülzen',
    null,
    null,
  ])
})

test('trim changes the case, takes full stops away and knows spellings of missing values', () => {
  assert.deepEqual(trimmed({ case: 'lower', fullStop: true }, '<=50K.', '<=50k'), ['<=50k', '<=50k'])
  assert.deepEqual(trimmed({ case: 'upper', missing: ['unknown'] }, 'a', ' Unknown '), ['A', null])
})
