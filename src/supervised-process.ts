import { type ChildProcess, spawn } from 'node:child_process'
import { identify, type ProcessIdentity } from './process-identity.js'
import { v8Threads } from './v8-threads.js'

/** Waits between restarts, in ms; the last one is repeated. A process that ran for a minute starts over. */
const backoffMs = [500, 1_000, 2_000, 5_000, 10_000]
const steadyAfterMs = 60_000
const stopTimeoutMs = 15_000

export interface SupervisedProcess {
  readonly name: string
  /** The running process; null between a crash and the restart. */
  identity(): ProcessIdentity | null
  /** Asks it to end and waits until it has; after 15 s its whole group is killed. */
  stop(): Promise<void>
}

/**
 * Starts a Node process and starts it again whenever it ends. It stands in a process group of its own, so that Ctrl-C
 * in the terminal reaches only the supervisor, and has an IPC channel that closes when the supervisor dies.
 *
 * @param entry path of its JavaScript file
 * @param onStart called after each start
 * @param onExit called after each exit that nobody asked for; false keeps it from being started again
 */
export function supervise({
  name,
  entry,
  env,
  onStart = () => {},
  onExit,
}: {
  name: string
  entry: string
  env: NodeJS.ProcessEnv
  onStart?: () => void
  onExit: (exit: { reason: string; restartsInMs: number }) => boolean
}): SupervisedProcess {
  let child: ChildProcess | null = null
  let restart: NodeJS.Timeout | undefined
  let isStopping = false
  let crashes = 0

  const launch = (): void => {
    const startedAt = Date.now()
    const started = spawn(process.execPath, [...v8Threads(), entry], {
      detached: true,
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child = started
    whenEnded(started, (reason) => {
      child = null
      killGroup(started)
      if (isStopping) return
      crashes = Date.now() - startedAt > steadyAfterMs ? 0 : crashes
      const restartsInMs = backoffMs[Math.min(crashes, backoffMs.length - 1)] as number
      crashes++
      if (onExit({ reason, restartsInMs })) restart = setTimeout(launch, restartsInMs)
    })
    onStart()
  }
  launch()

  return {
    name,
    identity: () => (child?.pid === undefined ? null : identify(child.pid)),
    async stop() {
      isStopping = true
      clearTimeout(restart)
      const running = child
      if (running === null) return
      const ended = new Promise<void>((resolve) => whenEnded(running, () => resolve()))
      const timer = setTimeout(() => killGroup(running), stopTimeoutMs)
      running.kill('SIGTERM')
      await ended
      clearTimeout(timer)
    },
  }
}

function whenEnded(child: ChildProcess, ended: (reason: string) => void): void {
  child.once('error', (error) => ended(error.message))
  child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`))
}

/** What stays in the group of a process that has died would work on without a master. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
