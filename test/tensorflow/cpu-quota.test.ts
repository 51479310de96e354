import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { threadsWithinQuota } from '../../src/tensorflow/cpu-quota.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const root = await temporaryFolder()

for (const [what, files, expected, processors = 16] of [
  ['two and a half of 16 processors: three threads', { 'cpu.max': '250000 100000\n' }, 3],
  ['as many as there are: TensorFlow’s choice', { 'cpu.max': '1600000 100000\n' }, 0],
  ['more than TensorFlow can be told of', { 'cpu.max': '20000000 100000\n' }, 127, 256],
  ['no limit', { 'cpu.max': 'max 100000\n' }, 0],
  ['no cgroups', {}, 0],
  ['version 1', { 'cpu/cpu.cfs_quota_us': '50000\n', 'cpu/cpu.cfs_period_us': '100000\n' }, 1],
  ['version 1 without a limit', { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' }, 0],
] as [string, Record<string, string>, number, number?][]) {
  test(`threads within a container’s limit: ${what}`, () => {
    const folder = join(root, what)
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    assert.equal(threadsWithinQuota({ processors, folder }), expected)
  })
}
