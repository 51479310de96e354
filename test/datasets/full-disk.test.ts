import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { receiveFile } from '../../src/api/dataset-upload/receive-file.js'
import { ingest } from '../../src/datasets/ingest.js'
import { temporaryFolder } from '../support/temporary-folder.js'

/** Linux’s device that is always full. */
const FULL = '/dev/full'
const full = { code: 'storage-full' }

const folder = await temporaryFolder()

test('a disk that is full while a file arrives is said so', async () => {
  const stream = Readable.from([Buffer.from('a,b\n1,2\n')])
  await assert.rejects(receiveFile(stream, { path: FULL, maxBytes: 100 }), full)
})

test('a disk that is full while rows are stored is said so', async () => {
  const path = join(folder, 'upload')
  await writeFile(path, 'a,b\n1,2\n')
  const request = { path, folder, output: FULL, format: 'csv', onInvalidRow: 'reject', types: {} } as const
  await assert.rejects(ingest(request), full)
})
