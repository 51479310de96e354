import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitMeter } from '../../src/training/wait-meter.js'

/** A clock and a runner that are told what time has passed. */
function scene(t: import('node:test').TestContext) {
  let now = 1000
  t.mock.method(performance, 'now', () => now)
  const runner = { computeMs: 0, compileSeconds: 0 }
  const meter = waitMeter(runner)
  return {
    meter,
    wait(ms: number): void {
      now += ms
    },
    call({ ms, steps = 1, preparedMs = 0 }: { ms: number; steps?: number; preparedMs?: number }): void {
      now += ms
      runner.computeMs += ms
      meter.called({ steps, preparedMs })
    },
    compile(ms: number): void {
      now += ms
      runner.compileSeconds += ms / 1000
    },
  }
}

test('whatever is no computing of steps counts as waiting, but for compilation', (t) => {
  const { meter, wait, call, compile } = scene(t)
  assert.equal(meter.share, 0)
  meter.start()
  wait(15)
  call({ ms: 55 })
  compile(500)
  wait(10)
  call({ ms: 20 })
  meter.stop()
  wait(10_000)
  assert.equal(meter.share, 0.25)
})

test('a call that ended unnoticed counts for no longer than its steps take at their fastest', (t) => {
  const { meter, call } = scene(t)
  meter.start()
  call({ ms: 50, steps: 10 })
  call({ ms: 50, steps: 2, preparedMs: 50 })
  meter.stop()
  assert.equal(meter.share, 0.4)
})
