import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startApp } from '../api/testing.js'
import { temporaryFolder } from '../support/temporary-folder.js'

/** The commands of the section, as a reader copies them; the parts are small enough to be several here. */
async function commands(): Promise<string> {
  const page = await readFile(new URL('../../../docs/datasets.md', import.meta.url), 'utf8')
  const [, block = ''] = /## Uploads in parts[\s\S]*?```bash\n([\s\S]*?)```/.exec(page) ?? []
  assert.ok(block.includes('--bytes=64M'), page.slice(0, 2000))
  return block.replace('--bytes=64M', '--bytes=1000')
}

test('the commands for an upload in parts do what the page says', async (t) => {
  const { app, stop } = await startApp()
  t.after(() => stop())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const folder = await temporaryFolder()
  const rows = Array.from({ length: 2000 }, (_, index) => `${index},${index % 7}\n`).join('')
  await writeFile(join(folder, 'large.csv'), `a,b\n${rows}`)
  const host = `localhost:${(app.server.address() as AddressInfo).port}`
  const script = (await commands()).replaceAll('localhost:8080', host)
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder })
  assert.match(stdout, /"state":"open"/)
  const dataset = JSON.parse(stdout.slice(stdout.indexOf('{"name":"large","version"')))
  assert.deepEqual([dataset.rows, dataset.version], [2000, 1])
})
