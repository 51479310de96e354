import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Database, Leadership } from '../../registry/database/database.js'
import { unlessAborted } from './unless-aborted.js'

/** Something that runs again and again in the one api that leads. */
export interface LeaderTask {
  readonly name: string
  readonly everyMs: number
  run(signal: AbortSignal): Promise<void>
}

export interface Leader {
  /** Also while the app runs; a task starts when this api leads. */
  add(task: LeaderTask): void
  isLeading(): boolean
  close(): Promise<void>
}

const RETRY_MS = 1_000
const STOP_MS = 2_000

/** Leads whenever no other api does, and runs the tasks meanwhile. A task's failure is logged, and it goes on. */
export function startLeader({ database, log }: { database: Database; log: FastifyBaseLogger }): Leader {
  const tasks: LeaderTask[] = []
  const closing = new AbortController()
  let startTask: ((task: LeaderTask) => void) | null = null

  async function lead(leadership: Leadership): Promise<void> {
    const signal = AbortSignal.any([leadership.lost, closing.signal])
    // Every task waits for it, in several places: many listeners are no leak.
    setMaxListeners(0, signal)
    const loops: Promise<void>[] = []
    startTask = (task) => loops.push(repeat(task, signal))
    for (const task of tasks) startTask(task)
    log.info('this api leads')
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    startTask = null
    await Promise.all(loops)
    await leadership.release()
  }

  async function repeat(task: LeaderTask, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await unlessAborted(task.run(signal), { signal, graceMs: STOP_MS })
      } catch (err) {
        if (!signal.aborted) log.error({ err, task: task.name }, 'a task of the leader failed')
      }
      await pause(task.everyMs, signal)
    }
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        const leadership = await database.tryLeadership()
        if (leadership) await lead(leadership)
      } catch (err) {
        log.error({ err }, 'the leader could not be found')
      }
      await pause(RETRY_MS, closing.signal)
    }
  }

  const working = work()
  return {
    add(task) {
      tasks.push(task)
      startTask?.(task)
    },
    isLeading: () => startTask !== null,
    async close() {
      closing.abort()
      await working
    },
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {})
