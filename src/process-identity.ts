import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Longer than any of our processes needs to close. */
const endTimeoutMs = 12_000

/** A process that is told from a later one with the same pid by its start time. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from the machine's start to the process's start, field 22 of /proc/<pid>/stat. */
  readonly startTime: string
}

/** The process that has this pid now; null when there is none or it is a zombie, which only waits to be reaped. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid)
  if (stat === null) return null
  // The second field, the name in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTime] = [fields[0], fields[19]]
  return state === 'Z' || state === 'X' || startTime === undefined ? null : { pid, startTime }
}

/** Whether this very process still runs. */
export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean =>
  identify(pid)?.startTime === startTime

/** Asks a process that is not our child to end, waits until it has, and kills it after 12 s. */
export async function endProcess(identity: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + endTimeoutMs
  let asked: 'SIGTERM' | 'SIGKILL' | undefined
  while (isAlive(identity)) {
    const wanted = Date.now() > deadline ? 'SIGKILL' : 'SIGTERM'
    if (asked !== wanted) signal(identity, wanted)
    asked = wanted
    await delay(20)
  }
}

function signal({ pid }: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function readStat(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  }
}
