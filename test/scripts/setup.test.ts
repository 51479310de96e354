import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'

const script = (name: string): string => new URL(`../../../scripts/setup/${name}`, import.meta.url).href

interface Prerequisites {
  requireMachine(machine: { node?: string; platform?: string; arch?: string }): void
  requireGlibc(version: string | null): void
  atLeast(version: string, needed: readonly [number, number]): boolean
}
interface Lock {
  exclusively<T>(task: () => Promise<T>, options: { name: string; onWait?: () => void }): Promise<T>
}
const { requireMachine, requireGlibc, atLeast } = (await import(script('prerequisites.mjs'))) as Prerequisites
const { exclusively } = (await import(script('lock.mjs'))) as Lock

describe('a missing prerequisite', () => {
  it('is one line that says what, why and how it is mended', () => {
    const lines: [() => void, RegExp][] = [
      [
        () => requireMachine({ node: '18.20.4' }),
        /^Node\.js 18\.20\.4 is too old: .* needs 20\.19 .*; install .*$/,
      ],
      [
        () => requireMachine({ platform: 'darwin', arch: 'arm64' }),
        /^darwin arm64 has no TensorFlow library .*; use .*$/,
      ],
      [() => requireGlibc('2.26'), /^glibc 2\.26: .* 2\.27 or newer; use .*$/],
      [() => requireGlibc(null), /^glibc is missing: .*; use .*$/],
    ]
    for (const [check, line] of lines) assert.throws(check, { message: line })
    requireMachine({ node: '24.1.0', platform: 'linux', arch: 'x64' })
  })

  it('is told by numbers, not by text', () => {
    assert.ok(atLeast('20.19.1', [20, 19]) && atLeast('100.0.0', [20, 19]) && atLeast('2.36', [2, 27]))
    assert.ok(!atLeast('20.9.0', [20, 19]) && !atLeast('9.9', [20, 19]))
  })
})

describe('two set-ups at once', () => {
  it('run one after the other, also when the first is killed', async () => {
    const name = `test ${process.pid}`
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { exclusively } = await import('${script('lock.mjs')}')
         await exclusively(() => new Promise(() => { console.log('holds it'); setInterval(() => {}, 1000) }), { name: '${name}' })`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(holder.stdout, 'data')
    const order: string[] = []
    const done = exclusively(async () => void order.push('runs'), {
      name,
      onWait: () => {
        order.push('waits')
        holder.kill('SIGKILL')
      },
    })
    await done
    assert.deepEqual(order, ['waits', 'runs'])
  })

  it('never overlap', async () => {
    let running = 0
    const task = async (): Promise<void> => {
      running++
      await new Promise(setImmediate)
      assert.equal(running--, 1)
    }
    const name = `test ${process.pid} overlap`
    await Promise.all(Array.from({ length: 8 }, () => exclusively(task, { name, onWait: () => {} })))
  })
})
