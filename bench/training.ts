// One epoch and one prediction beside the Python peers, interleaved on the same machine; writes docs/benchmarks.md.
import { fileURLToPath } from 'node:url'
import { machine, writeSection } from './page.js'
import { interpreter, peerScript } from './peers.js'
import { type Side, startSide } from './sides/side.js'
import { median, range } from './statistics.js'

const repetitions = Number(process.argv[2] ?? 5)

const ours = (what: string): Promise<Side> =>
  startSide(process.execPath, [fileURLToPath(new URL('sides/mlp.js', import.meta.url)), what])
const python = await interpreter('training-requirements.txt')
const peer = (script: string, ...parameters: string[]): Promise<Side> =>
  startSide(python, [peerScript(script), ...parameters])

/** Measures all sides in turn; the process of each stays, and is warm. */
async function interleaved(
  sides: Readonly<Record<string, () => Promise<Side>>>,
): Promise<Map<string, number[]>> {
  const started = new Map<string, Side>()
  for (const [name, start] of Object.entries(sides)) started.set(name, await start())
  const measured = new Map([...started.keys()].map((name) => [name, [] as number[]]))
  for (let i = 0; i < repetitions; i++) {
    for (const [name, side] of started) measured.get(name)?.push(await side.measure())
  }
  for (const side of started.values()) side.stop()
  return measured
}

/** Ours first; each peer with what our time is of its own, and the bar. */
function table(
  measured: Map<string, number[]>,
  bars: Readonly<Record<string, number>>,
  format: Format,
): string {
  const [own, ...peers] = [...measured] as [[string, number[]], ...[string, number[]][]]
  const lines = peers.map(([name, values]) => {
    // Of each round, since the machine's load changes between rounds.
    const ratio = median(values.map((value, i) => (own[1][i] as number) / value))
    return `| ${name} | ${range(values, format)} | ${ratio.toFixed(3)} | ≤ ${bars[name]} |`
  })
  return [
    '| | median (smallest to largest) | ours is × its time | bar |',
    '|---|---|---|---|',
    `| **${own[0]}** | ${range(own[1], format)} | | |`,
    ...lines,
  ].join('\n')
}
type Format = (value: number) => string

const epochs = await interleaved({
  Flywheel: () => ours('compiled'),
  'JAX, jit and scan': () => peer('mlp_training.py', 'jax'),
  'PyTorch, fused Adam': () => peer('mlp_training.py', 'torch'),
  Keras: () => peer('mlp_training.py', 'keras'),
  'tfjs model.fit on our eager backend': () => ours('fit'),
})
const predictions = await interleaved({
  Flywheel: () => ours('inference'),
  'tf.function': () => peer('mlp_inference.py'),
})
const bars = { 'JAX, jit and scan': 1.1, 'PyTorch, fused Adam': 0.5, Keras: 0.2 }
await writeSection(
  'Training and inference',
  `\`npm run bench:training\` installs the peers into a virtual environment of its own and measures all sides in turn,
${repetitions} times, each in a process that is warm. ${machine()}
The ratio is the median over the rounds.

One epoch of 784-64-64-10 on 48,000 rows, batch 32, Adam:

${table(epochs, { ...bars, 'tfjs model.fit on our eager backend': 0.05 }, (value) => `${value.toFixed(2)} s`)}

One row through the same network, in process, median of 3,000 calls (bar: 40 µs):

${table(predictions, { 'tf.function': 1 }, (value) => `${value.toFixed(0)} µs`)}
`,
)
