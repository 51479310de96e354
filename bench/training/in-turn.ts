import { fileURLToPath } from 'node:url'
import { interpreter, peerScript } from '../peers.js'
import { type Side, startSide } from '../sides/side.js'
import { median, range } from '../statistics.js'
import type { BenchDevice, Conditions } from './row.js'

/** What each side took, by its name, in the order of the rounds; ours is the first. */
export type Measured = ReadonlyMap<string, readonly number[]>
type Format = (value: number) => string

/** A process of ours: a file of bench/sides, with the device as its first argument. */
export const ours = (device: BenchDevice, script: string, ...parameters: string[]): Promise<Side> =>
  startSide(process.execPath, [
    '--expose-gc',
    fileURLToPath(new URL(`../sides/${script}.js`, import.meta.url)),
    device,
    ...parameters,
  ])

/** A Python process; on CPU it sees no GPU. */
export async function peer(device: BenchDevice, script: string, ...parameters: string[]): Promise<Side> {
  const python = await interpreter(peerRequirements(device))
  const env = device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '' } : {}
  return startSide(python, [peerScript(script), ...parameters], env)
}

export const peerRequirements = (device: BenchDevice): string =>
  device === 'gpu' ? 'training-requirements-gpu.txt' : 'training-requirements.txt'

/**
 * Measures all sides in turn; the process of each stays, and is warm.
 *
 * @throws when the sides' networks differ in the number of their parameters
 */
export async function measureInTurn(
  sides: Readonly<Record<string, () => Promise<Side>>>,
  { repetitions }: Conditions,
): Promise<{ measured: Measured; parameters: number | null }> {
  const started = new Map<string, Side>()
  try {
    for (const [name, start] of Object.entries(sides)) started.set(name, await start())
    const parameters = sameParameters(started)
    const measured = new Map([...started.keys()].map((name) => [name, [] as number[]]))
    for (let i = 0; i < repetitions; i++) {
      for (const [name, side] of started) measured.get(name)?.push(await side.measure())
    }
    return { measured, parameters }
  } finally {
    await Promise.all([...started.values()].map((side) => side.stop()))
  }
}

function sameParameters(sides: ReadonlyMap<string, Side>): number | null {
  const counts = [...sides].map(([name, { parameters }]) => `${name} ${parameters}`)
  const different = new Set([...sides.values()].map(({ parameters }) => parameters))
  if (different.size > 1) throw new Error(`The networks differ in trainable parameters: ${counts.join(', ')}`)
  const [only] = different
  return only ?? null
}

/** Ours first; each peer with what our value is of its own, and the bar where there is one. */
export function table(
  measured: Measured,
  { bars, format }: { bars: Readonly<Record<string, number>>; format: Format },
): string {
  const [[ownName, own], ...peers] = [...measured] as unknown as [
    [string, readonly number[]],
    ...[string, readonly number[]][],
  ]
  const lines = peers.map(([name, values]) => {
    // Of each round, since the machine's load changes between rounds.
    const ratio = median(values.map((value, i) => (own[i] as number) / value))
    const smallest = Math.min(...own) / Math.min(...values)
    const cells = [name, range(values, format), shown(ratio), shown(smallest), ...verdict(ratio, bars[name])]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| | median (smallest to largest) | ours is × its | of the smallest | bar | |',
    '|---|---|---|---|---|---|',
    `| **${ownName}** | ${range(own, format)} | | | | |`,
    ...lines,
  ].join('\n')
}

const shown = (ratio: number): string => ratio.toFixed(ratio < 0.1 ? 3 : 2)

function verdict(ratio: number, bar: number | undefined): string[] {
  if (bar === undefined) return ['', '']
  return [`≤ ${bar}`, ratio <= bar ? 'met' : `**missed**, by ${((ratio / bar - 1) * 100).toFixed(0)} %`]
}
