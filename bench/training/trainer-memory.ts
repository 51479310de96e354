import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const trainer = fileURLToPath(new URL('../../src/workers/trainer.js', import.meta.url))
const pollMs = 20

/** Reads the largest resident memory of the trainer that runs next, until it is gone. */
export function watchTrainer(): { peakBytes(): number; stop(): void } {
  let pid: string | undefined
  let peak = 0
  const timer = setInterval(() => {
    pid ??= readdirSync('/proc').find(isTrainer)
    if (pid !== undefined) peak = Math.max(peak, peakOf(pid))
  }, pollMs)
  return {
    peakBytes() {
      if (peak === 0) throw new Error('No trainer was seen')
      return peak
    },
    stop: () => clearInterval(timer),
  }
}

const isTrainer = (pid: string): boolean => /^\d+$/.test(pid) && read(pid, 'cmdline').includes(trainer)

const peakOf = (pid: string): number => Number(/VmHWM:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) * 1024

/** Empty when the process is gone. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
