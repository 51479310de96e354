import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { LoadOrder } from '../sides/load.js'
import type { Loaded } from './load.js'

/** The client of all measurements: a process of its own. */
export interface LoadClient {
  /** @throws Error when there is no connection, or it is lost */
  run(order: LoadOrder): Promise<Loaded>
  stop(): Promise<void>
}

export function startClient(): LoadClient {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../sides/load.js', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async run(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`The client ended with code ${child.exitCode}`)
      const result = JSON.parse(value) as Loaded | { readonly error: string }
      if ('error' in result) throw new Error(`${order.url}: ${result.error}`)
      return result
    },
    async stop() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
