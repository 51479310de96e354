import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A process that measures one side of a comparison whenever it is asked. */
export interface Side {
  /** Of its network, where it says so. */
  readonly parameters: number | null
  measure(): Promise<number>
  /** Ends the process at once, and waits until it is gone. It ends by itself when this one does. */
  stop(): Promise<void>
}

/** Starts a process that says `ready` when it is warm, then answers each line with one number. */
export async function startSide(
  command: string,
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Side> {
  const child = spawn(command, parameters, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const exited = once(child, 'exit')
  let errors = ''
  child.stderr.on('data', (text) => {
    errors = `${errors}${text}`.slice(-2_000)
  })
  // It may end while it is written to; what it answers then tells.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (!done) return value as string
    await exited
    throw new Error(`${command} ${parameters.join(' ')} ended with code ${child.exitCode}\n${errors}`)
  }
  let counted: number | null = null
  for (let line = await next(); line !== 'ready'; line = await next()) {
    if (line.startsWith('parameters ')) counted = Number(line.slice('parameters '.length))
  }
  return {
    parameters: counted,
    async measure() {
      child.stdin.write('\n')
      return Number(await next())
    },
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
