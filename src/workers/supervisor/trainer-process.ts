import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { MemoryDemand } from '../../contracts/memory.js'
import { residentBytes } from '../../resident-memory.js'
import type { FromTrainer, StopReason, ToTrainer } from '../messages.js'
import { outOfMemoryKills } from './out-of-memory-kills.js'

const entry = fileURLToPath(new URL('../trainer.js', import.meta.url))
const LOG_LINES = 40
const LOG_LINE_LENGTH = 500
/** A trainer that has been asked to stop and has not ended by then is killed. */
const GRACE_MS: Readonly<Record<StopReason, number>> = {
  cancel: 1_000,
  shutdown: 7_000,
  'lock-lost': 1_000,
  'time-limit': 1_000,
  'memory-limit': 0,
}
const POLL_MS = 250

/** How a trainer ended: by its own last message, or by dying. */
export type TrainerEnd =
  | Extract<FromTrainer, { kind: 'done' | 'stopped' | 'failed' }>
  | {
      readonly kind: 'died'
      readonly cause: string
      /** Whether the kernel killed it for its memory. */
      readonly isOutOfMemory: boolean
    }

export interface TrainerProcess {
  readonly pid: number
  readonly ended: Promise<TrainerEnd>
  /** The first reason counts; the trainer is killed when it does not end by itself. */
  stop(reason: StopReason): void
  readonly stopReason: StopReason | null
  /** What the job said that it would need. */
  readonly memoryDemand: MemoryDemand | null
  /** The last lines of its output. */
  log(): readonly string[]
}

/** Forks a trainer in a process group of its own and watches its memory. */
export function startTrainer({
  run,
  env,
  onMessage,
}: {
  run: Extract<ToTrainer, { kind: 'run' }>
  env: NodeJS.ProcessEnv
  onMessage: (message: Extract<FromTrainer, { kind: 'progress' | 'event' }>) => void
}): TrainerProcess {
  const child = fork(entry, {
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env,
  })
  const killsBefore = outOfMemoryKills()
  const lines = lastLines([child.stdout, child.stderr])
  let stopReason: StopReason | null = null
  let last: TrainerEnd | null = null
  let memoryDemand: MemoryDemand | null = null
  let killTimer: NodeJS.Timeout | undefined

  child.on('message', (message: FromTrainer) => {
    if (message.kind === 'progress' || message.kind === 'event') onMessage(message)
    else if (message.kind === 'memory') memoryDemand = message.demand
    else last = message
  })
  const stop = (reason: StopReason): void => {
    if (stopReason !== null) return
    stopReason = reason
    send(child, { kind: 'stop', reason })
    killTimer = setTimeout(() => killGroup(child), GRACE_MS[reason])
  }
  const memoryTimer = setInterval(async () => {
    if ((await residentBytes(child.pid)) > run.memoryLimitBytes) stop('memory-limit')
  }, POLL_MS)

  const ended = new Promise<TrainerEnd>((resolve) => {
    const finish = (cause: string, signal: NodeJS.Signals | null = null): void => {
      clearInterval(memoryTimer)
      clearTimeout(killTimer)
      const isOutOfMemory = signal === 'SIGKILL' && outOfMemoryKills() > killsBefore
      resolve(last ?? { kind: 'died', cause, isOutOfMemory })
    }
    child.once('error', (error) => finish(error.message))
    child.once('exit', () => killGroup(child))
    child.once('close', (code, signal) =>
      finish(signal ? `killed by ${signal}` : `ended with code ${code}`, signal),
    )
  })
  send(child, run)
  return {
    pid: child.pid ?? -1,
    ended,
    stop,
    get stopReason() {
      return stopReason
    },
    get memoryDemand() {
      return memoryDemand
    },
    log: () => lines,
  }
}

/** A message to a process that is ending is lost, and need not arrive. */
function send(child: ChildProcess, message: ToTrainer): void {
  if (child.connected) child.send(message, () => {})
}

/** The group: whatever the trainer has started ends with it. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function lastLines(streams: readonly (Readable | null)[]): readonly string[] {
  const lines: string[] = []
  for (const input of streams) {
    if (input === null) continue
    createInterface({ input }).on('line', (line) => {
      lines.push(line.slice(0, LOG_LINE_LENGTH))
      if (lines.length > LOG_LINES) lines.shift()
    })
  }
  return lines
}
