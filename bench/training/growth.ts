import { ours } from './in-turn.js'
import type { Row } from './row.js'

const barMegabytes = 50
const works = { steps: '10⁵ training steps', predictions: '10⁵ predictions' } as const

/** Once, in a process for each work: it is no time, and hardly changes from run to run. */
export const growth: Row = {
  name: 'growth',
  title: 'growth of memory',
  isMeasuredOnce: true,
  async measure({ device }) {
    const lines: string[] = []
    for (const [work, title] of Object.entries(works)) {
      const side = await ours(device, 'growth', work)
      try {
        const megabytes = await side.measure()
        const verdict = megabytes <= barMegabytes ? 'met' : '**missed**'
        lines.push(`| ${title} | ${megabytes.toFixed(1)} MB | ≤ ${barMegabytes} MB | ${verdict} |`)
      } finally {
        await side.stop()
      }
    }
    return `Resident memory at the end less that after a warm-up, each after a collection of JavaScript's garbage; one run
each. Training: 784-64-64-10, batch 32, after 15,000 steps. Predictions: one row each through the same network and every
tenth time 512 rows, which goes through another thread; after 10,000 of them.

| | growth | bar | |
|---|---|---|---|
${lines.join('\n')}`
  },
}
