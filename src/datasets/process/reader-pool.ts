import { ReaderProcess } from './reader-process.js'
import type { ReaderTasks, TaskName } from './tasks.js'

/** Tasks at work at the same time: uploads and profiles are heavy, rows and samples are not. */
const LANES = { heavy: 2, light: 2 } as const
type Lane = keyof typeof LANES

const IDLE_MS = 30_000
/** Uploads from this size on leave memory behind that only the process's end gives back. */
const LARGE_BYTES = 32 * 1024 ** 2

/**
 * Reads datasets in processes of their own: parsing blocks no request, memory is given back, and a crash of the
 * native reader ends one upload. They are started when they are needed, and end when they have nothing to do.
 */
export class ReaderPool {
  readonly #entry: string
  readonly #idle: { process: ReaderProcess; timer: NodeJS.Timeout }[] = []
  readonly #busy = new Set<ReaderProcess>()
  readonly #free: Record<Lane, number> = { ...LANES }
  readonly #waiting: Record<Lane, (() => void)[]> = { heavy: [], light: [] }

  /** @param entry path of a JavaScript file that calls `answerTasks` */
  constructor(entry: string) {
    this.#entry = entry
  }

  /**
   * Does a task when it is its turn.
   *
   * @param options.sizeBytes how much it reads: after a lot, the process is not used again
   */
  async run<Name extends TaskName>(
    name: Name,
    ask: ReaderTasks[Name]['ask'],
    { sizeBytes = 0 }: { sizeBytes?: number } = {},
  ): Promise<ReaderTasks[Name]['answer']> {
    const lane: Lane = name === 'rows' || name === 'target' ? 'light' : 'heavy'
    await this.#enter(lane)
    let process: ReaderProcess | undefined
    try {
      process = this.#take()
      return await process.ask(name, ask)
    } finally {
      this.#leave(lane)
      if (process) this.#putBack(process, sizeBytes)
    }
  }

  /** Ends all processes; tasks at work fail. */
  close(): void {
    for (const { process, timer } of this.#idle.splice(0)) {
      clearTimeout(timer)
      process.kill()
    }
    for (const process of this.#busy) process.kill()
  }

  async #enter(lane: Lane): Promise<void> {
    if (this.#free[lane] > 0) this.#free[lane]--
    else await new Promise<void>((enter) => this.#waiting[lane].push(enter))
  }

  #leave(lane: Lane): void {
    const next = this.#waiting[lane].shift()
    if (next) next()
    else this.#free[lane]++
  }

  #take(): ReaderProcess {
    const idle = this.#idle.pop()
    clearTimeout(idle?.timer)
    const process = idle?.process.isAlive ? idle.process : new ReaderProcess(this.#entry)
    process.wake()
    this.#busy.add(process)
    return process
  }

  #putBack(process: ReaderProcess, sizeBytes: number): void {
    this.#busy.delete(process)
    if (!process.isAlive) return
    if (sizeBytes > LARGE_BYTES) {
      process.kill()
      return
    }
    process.rest()
    const entry = { process, timer: setTimeout(() => this.#retire(entry), IDLE_MS).unref() }
    this.#idle.push(entry)
  }

  #retire(entry: { process: ReaderProcess; timer: NodeJS.Timeout }): void {
    this.#idle.splice(this.#idle.indexOf(entry), 1)
    entry.process.kill()
  }
}
