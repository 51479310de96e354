import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Redis } from 'ioredis'
import { identify, isAlive } from '../src/process-identity.js'
import { startRedis } from '../src/redis-server.js'

describe('the embedded Redis', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flywheel-test-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('keeps what was written over a kill -9, evicts nothing and leaves no socket', async () => {
    let onExit = (_reason: string): void => {}
    const reason = new Promise<string>((resolve) => {
      onExit = resolve
    })
    const first = await startRedis({ folder, onExit })
    const client = connect(first.url)
    assert.deepEqual(await client.config('GET', 'maxmemory-policy'), ['maxmemory-policy', 'noeviction'])
    await client.set('kept', 'yes')
    client.disconnect()
    process.kill(first.pid, 'SIGKILL')
    assert.match(await reason, /SIGKILL/)

    const second = await startRedis({ folder })
    const reader = connect(second.url)
    assert.equal(await reader.get('kept'), 'yes')
    reader.disconnect()
    await second.stop()
    assert.equal(identify(second.pid), null)
    assert.equal(existsSync(second.url.slice('unix:'.length)), false)
  })

  it('refuses a folder on which a living process runs one', async () => {
    const server = await startRedis({ folder })
    await assert.rejects(startRedis({ folder }), new RegExp(`in use by process ${process.pid}`))
    await server.stop()
  })

  it('takes over the folder from a process that was killed', async () => {
    const module = new URL('../src/redis-server.js', import.meta.url).href
    const script = `const { startRedis } = await import('${module}')
      console.log((await startRedis({ folder: process.argv[1] })).pid)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [pid] = (await once(owner.stdout, 'data')) as [Buffer]
    const leftover = identify(Number(pid.toString()))
    assert.ok(leftover)
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    assert.ok(isAlive(leftover))

    const server = await startRedis({ folder })
    assert.equal(isAlive(leftover), false)
    await server.stop()
  })
})

const connect = (url: string): Redis => new Redis(url.slice('unix:'.length))
