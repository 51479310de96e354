import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const parent = `
  import { startPredictor } from ${JSON.stringify(new URL('../../src/serving/client/predictor-client.js', import.meta.url).href)}
  const quiet = { info() {}, warn() {}, error() {} }
  const predictor = await startPredictor({
    entry: ${JSON.stringify(fileURLToPath(new URL('./marking-predictor.js', import.meta.url)))},
    options: { artifactsFolder: '/nowhere', tensorflowFolder: '/nowhere', device: 'cpu' },
    memoryBytes: 2 ** 33,
    log: quiet,
  })
  while (predictor.state !== 'ready') await new Promise(setImmediate)
  console.log(predictor.pid)
`

test('a predictor whose api was killed ends by itself', async () => {
  const api = spawn(process.execPath, ['--input-type=module', '-e', parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = await once(api.stdout, 'data')
  const pid = Number(String(printed))
  assert.ok(existsSync(`/proc/${pid}`))
  api.kill('SIGKILL')
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
})

/** Also a process that is only not reaped yet counts as ended. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return existsSync(`/proc/${pid}/exe`)
  } catch {
    return false
  }
}
