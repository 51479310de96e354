import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { ensure } from './ensure.mjs'
import { run } from './setup/processes.mjs'
import { inProject, root, say } from './setup/project.mjs'

/*
 * npm test [-- <part of a file name>… --<option of node --test>…]
 * npm run test:long: the files *.long.test.ts in place of all others
 */
const isLong = process.argv.includes('--long')
const given = process.argv.slice(2).filter((argument) => argument !== '--long')
const options = given.filter((argument) => argument.startsWith('-'))
const filters = given.filter((argument) => !argument.startsWith('-'))

await ensure()
const files = testFiles(join('dist', 'test'))
if (files.length === 0) {
  say(`no test file matches ${filters.join(' or ')}`)
  process.exit(1)
}
const data = resolve(root, process.env.FLYWHEEL_TEST_DATA || '../shared/data')
const status = await run(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${Math.max(2, Math.min(4, availableParallelism()))}`,
    `--test-timeout=${isLong ? 1_800_000 : 300_000}`,
    '--test-reporter=spec',
    ...options,
    ...files,
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, ...(existsSync(data) ? { FLYWHEEL_TEST_DATA: data } : {}) },
  },
)
process.exit(status)

function testFiles(folder) {
  return readdirSync(inProject(folder), { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? testFiles(join(folder, entry.name)) : [join(folder, entry.name)],
    )
    .filter((file) => file.endsWith('.test.js') && file.endsWith('.long.test.js') === isLong)
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .sort()
}
