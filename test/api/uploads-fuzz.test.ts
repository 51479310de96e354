import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeExpiredUploads } from '../../src/registry/upload-garbage.js'
import { uniform } from '../support/drawn-rows.js'
import { datasetRequests } from './dataset-requests.js'
import { startApp } from './testing.js'

const ROUNDS = 6
const UPLOADS = 4
const OPERATIONS = 16

const sha = (bytes: string | Buffer) => createHash('sha256').update(bytes)

/** What a header, a number in the path or an id may hold that nobody should send. */
const NUMBERS = ['0', '-1', 'NaN', '1e99', '0x1', '1.5', ' 1', '9007199254740993', '%ff', '१']
const DIGESTS = [
  '',
  'sha-256',
  'sha-256=::',
  'sha-256=:AA==:',
  '=',
  ','.repeat(1900),
  'sha-256=:é:',
  'a=1;b="',
]

test('whatever is sent in any order and at once is answered by the table, and what is completed is what was sent', async (t) => {
  const { app, stop } = await startApp({ FLYWHEEL_MAX_UPLOAD_BYTES: '3000' })
  t.after(() => stop())
  const { send, get } = datasetRequests(() => app)
  const next = uniform(3)
  const draw = (bound: number) => Math.floor(next() * bound)
  const contents = new Map<string, string>()

  const put = (id: string, number: number | string, payload: string) => {
    contents.set(sha(payload).digest('hex'), payload)
    const headers = { 'content-digest': `sha-256=:${sha(payload).digest('base64')}:` }
    return send({ method: 'PUT', url: `/v1/uploads/${id}/parts/${number}`, headers, payload })
  }
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)] as T

  function operation(id: string): Promise<{ status: number; body: { code?: string } | null }> {
    const url = `/v1/uploads/${id}`
    switch (draw(12)) {
      case 0:
        return send({ method: 'POST', url: `${url}/complete` })
      case 1:
        return send({ method: 'POST', url: `${url}/complete?onInvalidRow=skip` })
      case 2:
        return draw(4) === 0 ? send({ method: 'DELETE', url }) : get(url)
      case 3:
        return put(id, pick(NUMBERS), 'a\n')
      case 4: {
        const headers = { 'content-digest': Buffer.from(pick(DIGESTS)).toString('latin1') }
        return send({ method: 'PUT', url: `${url}/parts/1`, headers, payload: 'a\n' })
      }
      case 5:
        return put(id, 2, 'x'.repeat(3001))
      case 6:
        return put(id, 1, 'a\n')
      default: {
        const number = 1 + draw(3)
        return put(id, number, (number === 1 ? 'a\n' : '') + '1\n2\n'.repeat(1 + draw(3)))
      }
    }
  }

  let completed = 0
  for (let round = 0; round < ROUNDS; round++) {
    const starting = Array.from({ length: UPLOADS }, (_, index) =>
      send({ method: 'POST', url: '/v1/uploads', payload: { name: `fuzz-${round}-${index}` } }),
    )
    const ids = (await Promise.all(starting)).map(({ body }) => body.id as string)
    const answers = await Promise.all(
      ids.flatMap((id) => Array.from({ length: OPERATIONS }, () => operation(id))),
    )
    for (const { status, body } of answers) {
      assert.ok(status < 500, JSON.stringify(body))
      if (status >= 400) assert.equal(typeof body?.code, 'string')
    }
    for (const id of ids) {
      await send({ method: 'POST', url: `/v1/uploads/${id}/complete` })
      const { status, body } = await get(`/v1/uploads/${id}`)
      if (status === 404) continue
      assert.notEqual(body.state, 'completing')
      if (body.state === 'open') {
        assert.equal((await send({ method: 'DELETE', url: `/v1/uploads/${id}` })).status, 204)
        continue
      }
      completed++
      const dataset = (await get(`/v1/datasets/${body.name}/versions/${body.version}`)).body
      const file = body.parts.map(({ sha256 }: { sha256: string }) => contents.get(sha256)).join('')
      assert.deepEqual([dataset.sha256, dataset.sizeBytes], [sha(file).digest('hex'), file.length])
    }
  }
  assert.ok(completed > ROUNDS, `${completed} were completed`)
  await removeExpiredUploads({ db: app.database.db, artifacts: app.artifacts })
  assert.deepEqual(await readdir(join(app.config.artifactsFolder, 'parts')), [])
})
