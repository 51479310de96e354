import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { exampleCsv } from '../../src/api/dataset-upload/example.js'
import { startApp } from './testing.js'

describe('saved chains', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp())
    await app.inject({
      method: 'POST',
      url: '/v1/datasets?name=flowers',
      headers: { 'content-type': 'text/csv' },
      payload: exampleCsv,
    })
  })
  after(() => stop())

  const put = (name: string, ...transforms: object[]) =>
    app.inject({ method: 'PUT', url: `/v1/chains/${name}`, payload: { transforms } })
  const get = async (path: string) => (await app.inject(path)).json()
  const remove = (path: string) => app.inject({ method: 'DELETE', url: path })
  const scale = (method: string) => ({ name: 'scale', columns: '*_length', options: { method } })

  it('are stored with every option, and make a version for each change', async () => {
    const first = await put('lengths', { name: 'scale', columns: '*_length' })
    assert.equal(first.statusCode, 201)
    assert.equal(first.headers.location, '/v1/chains/lengths/versions/1')
    assert.deepEqual(first.json().transforms, [scale('standard')])
    assert.equal((await put('lengths', scale('standard'))).statusCode, 200)
    assert.equal((await put('lengths', scale('robust'))).json().version, 2)
    const { version, versions } = await get('/v1/chains/lengths')
    assert.equal(version, 2)
    assert.deepEqual(
      versions.map(({ transforms }: { transforms: object[] }) => transforms),
      [[scale('standard')], [scale('robust')]],
    )
    assert.deepEqual((await get('/v1/chains/lengths/versions/1')).transforms, [scale('standard')])
  })

  it('are listed by name, each with its newest version, page by page', async () => {
    await put('another', scale('min-max'))
    const first = await get('/v1/chains?limit=1')
    const second = await get(`/v1/chains?limit=1&cursor=${first.nextCursor}`)
    const shown = [...first.data, ...second.data].map(({ name, version }) => `${name}@${version}`)
    assert.deepEqual(shown, ['another@1', 'lengths@2'])
    assert.equal(second.nextCursor, null)
  })

  it('are refused with what is wrong in which step', async () => {
    const unknown = await put('bad', scale('standard'), { name: 'shrink', columns: '*' })
    assert.equal(unknown.statusCode, 422)
    assert.match(unknown.json().detail, /transforms\[1\]\.name: expected one of .*impute/)
    const option = (await put('bad', { name: 'bin', columns: '*', options: { bins: 1 } })).json()
    assert.equal(option.errors[0].path, 'transforms[0].options.bins')
    assert.equal((await app.inject('/v1/chains/bad')).statusCode, 404)
  })

  const plan = async (transforms: unknown) => {
    const payload = { type: 'train', model: 'm', dataset: 'flowers', target: 'species', transforms }
    return (await app.inject({ method: 'POST', url: '/v1/jobs?dryRun=true', payload })).json()
  }

  it('can be named by a job, which keeps a copy and says of which version', async () => {
    const { specification } = await plan({ chain: 'lengths@1' })
    assert.deepEqual(specification.transforms, [scale('standard')])
    assert.equal(specification.chain, 'lengths@1')
    const newest = (await plan({ chain: 'lengths' })).specification
    assert.deepEqual([newest.chain, newest.transforms], ['lengths@2', [scale('robust')]])
    assert.equal((await plan([scale('robust')])).specification.chain, undefined)
  })

  it('that are not there are a 404 that names them', async () => {
    const { status, detail } = await plan({ chain: 'lengths@9' })
    assert.deepEqual([status, detail], [404, 'There is no chain lengths@9'])
  })

  it('are removed by version or altogether, and numbers are not given again', async () => {
    assert.equal((await remove('/v1/chains/lengths/versions/2')).statusCode, 204)
    assert.equal((await remove('/v1/chains/lengths/versions/2')).statusCode, 404)
    assert.equal((await get('/v1/chains/lengths')).version, 1)
    assert.equal((await put('lengths', scale('robust'))).json().version, 3)
    assert.equal((await remove('/v1/chains/lengths')).statusCode, 204)
    assert.equal((await app.inject('/v1/chains/lengths')).statusCode, 404)
    assert.equal((await put('lengths', scale('robust'))).json().version, 4)
  })
})
