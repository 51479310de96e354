import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argumentNames } from '../../src/training/saved-model/argument-names.js'

test('columns with any names have inputs that Python can pass by name, each its own', () => {
  const names = ['a_b', 'a b', 'a-b', 'class', '1st', 'Größe in m²', '_x', '年', '', 'plain']
  assert.deepEqual(argumentNames(names), [
    'a_b',
    'a_b_2',
    'a_b_3',
    'column_class',
    'column_1st',
    'Gro_e_in_m2',
    'column_x',
    'column_',
    'column__2',
    'plain',
  ])
})
