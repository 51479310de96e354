import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { identify, isAlive } from '../src/process-identity.js'

describe('the identity of a process', () => {
  it('is that of this process while it runs', () => {
    const self = identify(process.pid)
    assert.ok(self !== null && isAlive(self))
    assert.equal(isAlive({ ...self, startTime: '1' }), false)
  })

  it('is none for a zombie', async () => {
    // sh becomes the second sleep, which never reaps the first.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 5'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer]
    while (identify(Number(pid)) !== null) await new Promise(setImmediate)
    assert.equal(process.kill(Number(pid), 0), true)
    parent.kill()
  })
})
