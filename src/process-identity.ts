import { readFileSync } from 'node:fs'

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

function readStat(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  }
}
