import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { IngestRequest } from '../../src/contracts/reader.js'
import { ReaderPool } from '../../src/datasets/process/reader-pool.js'
import { ReaderProcess } from '../../src/datasets/process/reader-process.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const entry = fileURLToPath(new URL('../../src/workers/dataset-reader.js', import.meta.url))
const folder = await temporaryFolder()
const pool = new ReaderPool(entry)
after(() => pool.close())

let outputs = 0
const request = (name: string): IngestRequest => ({
  path: join(folder, name),
  output: join(folder, `${outputs++}.parquet`),
  folder,
  format: 'csv',
  onInvalidRow: 'reject',
  types: {},
})

test('a pool does more tasks than it has places, and carries errors over with all they say', async () => {
  await writeFile(join(folder, 'good'), 'a,b\n1,2\n')
  await writeFile(join(folder, 'bad'), 'a,b\n1,2\n3\n')
  const names = ['good', 'bad', 'good', 'bad', 'good']
  const results = await Promise.allSettled(names.map((name) => pool.run('ingest', request(name))))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  const { reason } = results[1] as PromiseRejectedResult
  assert.deepEqual(
    [reason.code, reason.errors],
    ['dataset-rows-invalid', [{ path: 'row 2', line: 3, expected: '2 cells', received: '1 in "3"' }]],
  )
})

test('a reader that dies fails its task alone', async () => {
  const reader = new ReaderProcess(entry)
  const task = reader.ask('ingest', request('good'))
  reader.kill()
  await assert.rejects(task, { code: 'internal' })
  assert.equal(reader.isAlive, false)
  await assert.rejects(reader.ask('ingest', request('good')), { code: 'internal' })
  assert.equal((await pool.run('ingest', request('good'))).rows, 1)
})

test('a process that can not be started costs the pool no place', async () => {
  const broken = new ReaderPool('\0')
  for (let attempt = 0; attempt < 3; attempt++) {
    await assert.rejects(broken.run('ingest', request('good')), { code: 'ERR_INVALID_ARG_VALUE' })
  }
})
