import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { discover } from '../../src/contracts/discovery.js'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import { exportedFamily, largestDifference } from '../support/family-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { samples } from './row-samples.js'

const families = await discover<Family>(new URL('../../src/models/', import.meta.url))
const folder = await temporaryFolder()

for (const [name, family] of families) {
  for (const kind of family.rows) {
    // The second sample where there is one: the odd one.
    const [usual, odd] = samples[kind]
    const sample = odd ?? (usual as NonNullable<typeof usual>)

    test(`${name} exports for ${kind} and plain TensorFlow.js answers the same`, async () => {
      const { expected, ask } = await exportedFamily(family, {
        hyperparameters: parse(family.hyperparameters, {}),
        sample,
        kind: kind === 'series' ? 'regression' : 'classification',
        folder: join(folder, `${name}-${kind}`),
      })
      assert.equal(new Set(expected.map(String)).size, expected.length, 'answers that differ between rows')
      const difference = largestDifference(ask().outputs, expected)
      assert.ok(difference < 1e-5, `largest difference ${difference}`)
    })
  }
}
