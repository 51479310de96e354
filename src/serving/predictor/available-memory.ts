import { freemem } from 'node:os'
import { readControlGroup } from '../../control-group.js'

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
    const free = numberIn(limit) - numberIn(used)
    if (!Number.isFinite(free)) continue
    const cached = new RegExp(`^${cache} (\\d+)$`, 'm').exec(readControlGroup(stat))?.[1] ?? '0'
    available = Math.min(available, free + Number(cached))
  }
  return Math.max(0, available)
}

/** NaN for "max", and for a file that is not there. */
const numberIn = (file: string): number => Number.parseInt(readControlGroup(file), 10)
