import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isoTime, timeOf } from '../../src/datasets/iso-time.js'

test('dates and times of ISO 8601 are read, in UTC where no zone is named', () => {
  const known: Record<string, string> = {
    '2024': '2024-01-01T00:00:00.000Z',
    '2024-05': '2024-05-01T00:00:00.000Z',
    ' 2024-02-29 ': '2024-02-29T00:00:00.000Z',
    '2024-05-31T12:30': '2024-05-31T12:30:00.000Z',
    '2024-05-31 12:30:15.25': '2024-05-31T12:30:15.250Z',
    '2024-05-31T12:30:15,5Z': '2024-05-31T12:30:15.500Z',
    '2024-05-31T00:30+02:00': '2024-05-30T22:30:00.000Z',
    '2024-05-31T23:30:00-0130': '2024-06-01T01:00:00.000Z',
    '0099-12-31': '0099-12-31T00:00:00.000Z',
  }
  for (const [text, expected] of Object.entries(known)) {
    assert.equal(new Date(isoTime(text)).toISOString(), expected, text)
  }
})

test('what is no day of a calendar, no time of a day or no ISO 8601 is no time', () => {
  const others = [
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-01-32',
    '2024-01-01T24:00',
    '2024-01-01T10:60',
  ]
  for (const text of [...others, '31.12.2024', '1/2/2020', 'tomorrow', '', '2024-1-1', '20240101']) {
    assert.ok(Number.isNaN(isoTime(text)), text)
  }
})

test('dates in another order are read where that is said', () => {
  const at = (text: string, order: 'day-first' | 'month-first') => new Date(timeOf(text, order)).toISOString()
  assert.equal(at('31.12.2024', 'day-first'), '2024-12-31T00:00:00.000Z')
  assert.equal(at(' 1/2/2020 ', 'day-first'), '2020-02-01T00:00:00.000Z')
  assert.equal(at('1/2/2020', 'month-first'), '2020-01-02T00:00:00.000Z')
  assert.equal(at('31-12-2024, 12:30', 'day-first'), '2024-12-31T12:30:00.000Z')
  for (const text of ['12/31/2024', '31.12/2024', '31.12.24', '2024-12-31', '31.12.2024 noon']) {
    assert.ok(Number.isNaN(timeOf(text, 'day-first')), text)
  }
})
