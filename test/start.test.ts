import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isAlive, type ProcessIdentity } from '../src/process-identity.js'

/** The processes that were started for the data folder, told by their environment; ours is not among them. */
function runningOn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)
    } catch {
      return false // no process, gone, or not ours
    }
  })
}

const entry = fileURLToPath(new URL('../src/start.js', import.meta.url))

describe('npm start', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flywheel-test-'))
  })
  const launched: ChildProcess[] = []
  afterEach(async () => {
    for (const child of launched.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const launch = (env: NodeJS.ProcessEnv = {}): ChildProcess & { said: () => string } => {
    const child = spawn(process.execPath, [entry], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PORT: '0', FLYWHEEL_DATA: folder, ...env },
    })
    launched.push(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk))
    return Object.assign(child, { said: () => text })
  }
  const until = async (child: ReturnType<typeof launch>, pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(child.said())
      if (match) return match
      assert.equal(child.exitCode, null, child.said())
      await Promise.race([
        once(child.stdout ?? child, 'data'),
        once(child.stderr ?? child, 'data'),
        once(child, 'exit'),
      ])
    }
  }
  const processes = (): ProcessIdentity[] => [
    ...JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')).children,
    JSON.parse(readFileSync(join(folder, 'redis', 'redis.holder.json'), 'utf8')).redis,
  ]

  it('says where the API is, restarts what crashes, and leaves nothing running on Ctrl-C', async () => {
    const child = launch()
    const [, url] = await until(child, /API {3}(http:\S+)\n {2}docs {2}\S+\/docs\n {2}data {2}\S+/)
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
    const [api, worker, redis] = processes() as [ProcessIdentity, ProcessIdentity, ProcessIdentity]
    assert.ok([api, worker, redis].every(isAlive))

    process.kill(worker.pid, 'SIGKILL')
    await until(child, /worker ended \(SIGKILL\); starting it again in 500 ms/)
    process.kill(redis.pid, 'SIGKILL')
    await until(child, /Redis ended with SIGKILL.*; starting it again/)

    child.kill('SIGINT')
    child.kill('SIGINT')
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null], child.said())
    assert.deepEqual(runningOn(folder), [])
  })

  it('takes over what a killed start left', async () => {
    const killed = launch()
    await until(killed, /Flywheel is ready/)
    const left = processes()
    killed.kill('SIGKILL')
    await once(killed, 'exit')

    const child = launch()
    await until(child, /Flywheel is ready/)
    assert.deepEqual(left.filter(isAlive), [])
    const second = launch()
    assert.deepEqual(await once(second, 'close'), [1, null])
    assert.match(second.said(), /^flywheel: FLYWHEEL_DATA: \S+ is in use by process \d+; .*\n$/)
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  it('ends with one line when the port is in use or a setting is wrong', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const refused: [NodeJS.ProcessEnv, RegExp][] = [
      [{ PORT: String(port) }, /^flywheel: PORT: \d+ on 127\.0\.0\.1 is in use; .*\n$/],
      [{ PORT: 'http' }, /^flywheel: PORT: expected a whole number .*, received "http"\n$/],
      [{ HOST: '192.0.2.1' }, /^flywheel: HOST: can not listen on 192\.0\.2\.1 \(EADDRNOTAVAIL\); .*\n$/],
    ]
    for (const [env, line] of refused) {
      const child = launch(env)
      assert.deepEqual(await once(child, 'close'), [1, null])
      assert.match(child.said(), line)
    }
    server.close()
  })
})
