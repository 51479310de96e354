import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../demo/client.js'
import { type Digit, toCsv } from '../../demo/digits.js'
import { startFresh } from '../../demo/service.js'
import { type ProcessFigures, type Role, serviceProcesses } from '../data/service-memory.js'
import type { ServingRow } from './bench.js'
import { atMost, megabytes } from './verdict.js'

const barBytes = 450e6
/** Readers of files end after half a minute without work. */
const restMs = 90_000
const looks = 10
const counted = ['api', 'predictor', 'worker', 'redis'] as const satisfies readonly Role[]

/** Memory of a service of its own that has trained three models, answers with them, and is left alone. */
export const rest: ServingRow = {
  name: 'rest',
  title: 'memory at rest',
  async measure({ digits }) {
    const service = await startFresh(process.env)
    try {
      await teach(service.client, digits)
      await sleep(restMs)
      const start = residentOf(service.pid)
      return page(await largest(service.pid), start)
    } finally {
      await service.close()
    }
  },
}

/** Three small models: of another task and family each, and asked once. */
async function teach(client: Client, digits: readonly Digit[]): Promise<void> {
  const numbers = Array.from({ length: 400 }, (_, i) => {
    const [a, b, c] = [Math.sin(i), Math.sin(2.3 * i), Math.sin(3.7 * i)]
    return { a, b, c, price: 500 + 80 * a + 40 * b * c }
  })
  const sentences = Array.from({ length: 400 }, (_, i) => ({
    text: `scene ${i} is ${i % 2 ? 'lovely, fine and well told' : 'dull, dreary and badly told'}`,
    mood: i % 2 ? 'good' : 'bad',
  }))
  await client.post('/v1/datasets?name=drawings', toCsv(digits.slice(0, 1_000)), 'text/csv')
  await client.post('/v1/datasets', { name: 'prices', rows: numbers })
  await client.post('/v1/datasets', { name: 'moods', rows: sentences })
  const models = [
    { model: 'drawings', target: 'label', family: 'mlp', hyperparameters: { hiddenUnits: [32] } },
    { model: 'prices', target: 'price', family: 'linear' },
    { model: 'moods', target: 'mood', family: 'fast-text', task: 'text-classification' },
  ]
  for (const one of models) {
    const training = { epochs: 2, seed: 1 }
    await client.runJob({ type: 'train', dataset: one.model, training, deploy: { when: 'always' }, ...one })
  }
  const pixels = Object.fromEntries((digits[0]?.pixels ?? []).map((value, i) => [`p${i}`, value]))
  const asked = { drawings: pixels, prices: { a: 0.1, b: 0.2, c: 0.3 }, moods: { text: 'a fine scene' } }
  for (const [model, instance] of Object.entries(asked)) {
    await client.post(`/v1/models/${model}/predict`, { instances: [instance] })
  }
}

type Processes = ReturnType<typeof serviceProcesses>

/** Of a few seconds, the one in which the processes hold most. */
async function largest(pid: number): Promise<Processes> {
  let most = serviceProcesses(pid)
  for (let look = 1; look < looks; look++) {
    await sleep(1_000)
    const now = serviceProcesses(pid)
    if (sum(now, 'residentBytes') > sum(most, 'residentBytes')) most = now
  }
  return most
}

const sum = (processes: Processes, figure: keyof ProcessFigures): number =>
  counted.reduce((total, role) => total + (processes[role]?.[figure] ?? Number.NaN), 0)

const residentOf = (pid: number): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

function page(processes: Processes, startBytes: number): string {
  const lines = counted.map((role) => {
    const { residentBytes, proportionalBytes } = processes[role] as ProcessFigures
    return `| ${role} | ${megabytes(residentBytes)} | ${megabytes(proportionalBytes)} | | | |`
  })
  const others = Object.keys(processes).filter((role) => !(counted as readonly string[]).includes(role))
  const together = sum(processes, 'residentBytes')
  return `A service of its own, as \`npm start\` starts it, has trained three models (784-32-10 on digits, \`linear\` for a number,
\`fast-text\` on sentences), holds them in memory and has answered with each; then it is left alone for ${restMs / 1000} s. The most of
the next ${looks} s. Programs and libraries that several processes have mapped count in each resident figure, and in parts in the
proportional one (PSS).${others.length === 0 ? '' : ` Beside them runs: ${others.join(', ')}.`}

| | resident | proportional | bar | resident together | |
|---|---|---|---|---|---|
${lines.join('\n')}
| together | ${megabytes(together)} | ${megabytes(sum(processes, 'proportionalBytes'))} | ${atMost(together, barBytes, megabytes)} |

The process of \`npm start\`, which watches them, holds ${megabytes(startBytes)} more.`
}
