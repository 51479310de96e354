import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/** Of a SessionConfig. */
const mostThreads = 127

/**
 * Threads for a process whose container may use less than the processors it sees, since TensorFlow counts those: more
 * threads than it may run are stopped for the rest of each period, all at once.
 *
 * @param folder where the kernel shows the container's limits (cgroup v2, else v1)
 * @returns 0, TensorFlow's own choice, where all processors may be used
 */
export function threadsWithinQuota({
  processors = availableParallelism(),
  folder = '/sys/fs/cgroup',
}: {
  processors?: number
  folder?: string
} = {}): number {
  const [quota, period] = cpuMax(folder)
  // Without a limit: "max", or -1.
  if (!(quota > 0 && period > 0)) return 0
  const threads = Math.ceil(quota / period)
  return threads < processors ? Math.min(threads, mostThreads) : 0
}

/** Microseconds of processor time in each period, and the period's length; NaN where nothing is told. */
function cpuMax(folder: string): [quota: number, period: number] {
  const both = read(join(folder, 'cpu.max')).split(' ')
  const [quota, period] =
    both.length === 2
      ? both
      : [read(join(folder, 'cpu/cpu.cfs_quota_us')), read(join(folder, 'cpu/cpu.cfs_period_us'))]
  return [Number.parseInt(quota as string, 10), Number.parseInt(period as string, 10)]
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return '' // another version of cgroups, or none
  }
}
