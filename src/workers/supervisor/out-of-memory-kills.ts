import { readFileSync } from 'node:fs'

/**
 * How many processes the kernel has killed for their memory since it started, in containers too. One that was killed
 * while this number grew was most likely one of them: the kernel tells nobody else.
 */
export function outOfMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // a system that does not show it
  }
}
