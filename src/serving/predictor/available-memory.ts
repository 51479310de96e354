import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'

/** Where a container's memory is bounded: control groups of version 2, then of version 1. */
const groups = [
  { limit: 'memory.max', used: 'memory.current', stat: 'memory.stat', cache: 'inactive_file' },
  {
    limit: 'memory/memory.limit_in_bytes',
    used: 'memory/memory.usage_in_bytes',
    stat: 'memory/memory.stat',
    cache: 'total_inactive_file',
  },
]

/**
 * Bytes that the machine, or the container, could still give. What a container's usage counts as cache of files is
 * given back when it is needed, so it counts as free.
 */
export function availableBytes(): number {
  let available = freemem()
  for (const { limit, used, stat, cache } of groups) {
    const free = Number(read(limit)) - Number(read(used))
    if (!Number.isFinite(free)) continue
    const cached = new RegExp(`^${cache} (\\d+)$`, 'm').exec(read(stat))?.[1] ?? '0'
    available = Math.min(available, free + Number(cached))
  }
  return Math.max(0, available)
}

/** 'max', or a file that is not there: no number. */
function read(file: string): string {
  try {
    return readFileSync(`/sys/fs/cgroup/${file}`, 'utf8').trim()
  } catch {
    return 'none'
  }
}
