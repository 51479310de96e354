import { availableParallelism } from 'node:os'
import { readControlGroup } from '../control-group.js'

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
  const both = readControlGroup('cpu.max', folder).split(' ')
  const [quota, period] =
    both.length === 2
      ? both
      : ['cpu/cpu.cfs_quota_us', 'cpu/cpu.cfs_period_us'].map((file) => readControlGroup(file, folder))
  return [Number.parseInt(quota as string, 10), Number.parseInt(period as string, 10)]
}
