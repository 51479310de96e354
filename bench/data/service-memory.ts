import { readdirSync, readFileSync } from 'node:fs'

const pollMs = 50

/** Which process of the service it is, by its command line. */
const roles = {
  trainer: /trainer/,
  worker: /worker/,
  predictor: /predictor/,
  reader: /dataset-reader/,
  api: /server\.js/,
  redis: /redis/,
  start: /start\.js/,
} as const
export type Role = keyof typeof roles

export interface MemoryPeaks {
  /** The largest sum at one time of api, worker and trainer. */
  readonly togetherBytes: number
  /** The largest sum at one time of all processes, predictors, readers and Redis too. */
  readonly allBytes: number
  readonly byRole: Readonly<Partial<Record<Role, number>>>
}

/** Watches the resident memory of all processes that this one has started. */
export function watchService(): { stop(): MemoryPeaks } {
  const byRole: Partial<Record<Role, number>> = {}
  let [together, all] = [0, 0]
  const timer = setInterval(() => {
    let [some, sum] = [0, 0]
    for (const { role, bytes } of residentOf(descendants(process.pid))) {
      byRole[role] = Math.max(byRole[role] ?? 0, bytes)
      sum += bytes
      if (role === 'api' || role === 'worker' || role === 'trainer') some += bytes
    }
    together = Math.max(together, some)
    all = Math.max(all, sum)
  }, pollMs)
  return {
    stop() {
      clearInterval(timer)
      return { togetherBytes: together, allBytes: all, byRole }
    },
  }
}

export interface ProcessFigures {
  readonly residentBytes: number
  /** What other processes hold too, programs and libraries, counts in parts. */
  readonly proportionalBytes: number
  readonly handles: number
}

/**
 * Memory and open file descriptors at this moment, by role, of all processes that one has started.
 *
 * @param of this process, unless given
 */
export function serviceProcesses(of: number = process.pid): Readonly<Partial<Record<Role, ProcessFigures>>> {
  const processes = residentOf(descendants(of)).map(({ role, bytes, pid }) => [role, figures(pid, bytes)])
  return Object.fromEntries(processes)
}

const figures = (pid: string, residentBytes: number): ProcessFigures => ({
  residentBytes,
  proportionalBytes: 1024 * Number(/\nPss:\s+(\d+)/.exec(read(pid, 'smaps_rollup'))?.[1] ?? 0),
  handles: readdirSync(`/proc/${pid}/fd`).length,
})

function descendants(pid: number): string[] {
  const parents = new Map<string, string>()
  for (const each of readdirSync('/proc')) {
    const parent = /^\d+$/.test(each) ? /\nPPid:\s+(\d+)/.exec(read(each, 'status'))?.[1] : undefined
    if (parent !== undefined) parents.set(each, parent)
  }
  const found = new Set([String(pid)])
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const [each, parent] of parents) if (found.has(parent)) found.add(each)
  }
  found.delete(String(pid))
  return [...found]
}

function residentOf(pids: readonly string[]): { pid: string; role: Role; bytes: number }[] {
  return pids.flatMap((pid) => {
    const command = read(pid, 'cmdline')
    const role = (Object.keys(roles) as Role[]).find((each) => roles[each].test(command))
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0)
    return role === undefined ? [] : [{ pid, role, bytes: kilobytes * 1024 }]
  })
}

/** Empty when the process is gone. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
