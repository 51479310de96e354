import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process that measures one side of a comparison whenever it is asked. */
export interface Side {
  measure(): Promise<number>
  stop(): void
}

/** Starts a process that says `ready` when it is warm, then answers each line with one number. */
export async function startSide(command: string, parameters: readonly string[]): Promise<Side> {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${command} ${parameters.join(' ')} ended with code ${child.exitCode}`)
    return value as string
  }
  while ((await next()) !== 'ready');
  return {
    async measure() {
      child.stdin.write('\n')
      return Number(await next())
    },
    stop: () => void child.kill(),
  }
}
