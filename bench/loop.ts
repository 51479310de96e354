// The whole loop beside its Python peers, interleaved on the same machine; writes docs/benchmarks.md.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Digit, readDigits, toCsv, toInstance } from '../demo/digits.js'
import { type DemoService, startFresh } from '../demo/service.js'
import { type Load, measureRequests } from './load.js'
import { writeSection } from './page.js'
import { python, pythonServer } from './peers.js'
import { median, range, seconds } from './statistics.js'

const trainingRows = 8_000
const epochs = 10
const repetitions = 5
const clients = 32
const requestsPerRun = 4_000

/** From the CSV's upload to the published version, in seconds; the accuracy on the rows kept out. */
async function trainHere(
  { client }: DemoService,
  { csv, seed }: { csv: string; seed: number },
): Promise<{ seconds: number; accuracy: number }> {
  const start = performance.now()
  // A dataset of its own each time: none is known already.
  const dataset = `digits-${seed}`
  await client.post(`/v1/datasets?name=${dataset}`, await readFile(csv, 'utf8'), 'text/csv')
  const { result } = await client.runJob({
    type: 'train',
    model: 'digits',
    dataset,
    target: 'label',
    // Named, since columns that hold one value would be left out: the peer takes all 784.
    features: ['p*'],
    transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
    hyperparameters: { hiddenUnits: [64, 64] },
    training: { epochs, batchSize: 32, seed },
    deploy: { when: 'always' },
  })
  const { accuracy } = (result as { metrics: { accuracy: number } }).metrics
  return { seconds: (performance.now() - start) / 1000, accuracy }
}

async function trainInKeras(csv: string, model: string): Promise<{ seconds: number; accuracy: number }> {
  const start = performance.now()
  const text = await python('keras_training.py', [csv, String(epochs), model, 'mlp'])
  const { accuracy } = JSON.parse(text) as { accuracy: number }
  return { seconds: (performance.now() - start) / 1000, accuracy }
}

interface Sides<T> {
  readonly here: T[]
  readonly peer: T[]
}

async function interleaved<T>(
  here: (i: number) => Promise<T>,
  peer: (i: number) => Promise<T>,
): Promise<Sides<T>> {
  const sides: Sides<T> = { here: [], peer: [] }
  for (let i = 0; i < repetitions; i++) {
    sides.here.push(await here(i))
    sides.peer.push(await peer(i))
  }
  return sides
}

async function measureServing(
  service: DemoService,
  { model, rows }: { model: string; rows: readonly Digit[] },
) {
  const bodies = rows.map((row) => JSON.stringify({ instances: [toInstance(row)] }))
  const peer = await pythonServer('keras_serving.py', [model])
  try {
    const load = (url: string) => measureRequests({ url, bodies, clients, requests: requestsPerRun })
    const ours = new URL('/v1/models/digits/predict', service.client.url).href
    const theirs = `${peer.url}/predict`
    await load(ours)
    await load(theirs)
    return await interleaved<Load>(
      () => load(ours),
      () => load(theirs),
    )
  } finally {
    peer.stop()
  }
}

function page(training: Sides<{ seconds: number; accuracy: number }>, serving: Sides<Load>): string {
  const column = <T>(side: T[], pick: (run: T) => number) => side.map(pick)
  const time = {
    here: column(training.here, (run) => run.seconds),
    peer: column(training.peer, (run) => run.seconds),
  }
  const accuracy = (side: { accuracy: number }[]) => median(column(side, (run) => run.accuracy)).toFixed(3)
  const rate = {
    here: column(serving.here, (run) => run.perSecond),
    peer: column(serving.peer, (run) => run.perSecond),
  }
  const p99 = {
    here: column(serving.here, (run) => run.p99Ms),
    peer: column(serving.peer, (run) => run.p99Ms),
  }
  return `\`npm run bench:loop\` installs the peers into a virtual environment of its own, runs both sides in turn
${repetitions} times and writes this page: medians, with the smallest and largest value in brackets.
Machine: ${cpus().length} × ${cpus()[0]?.model}, shared with others; read the ratios rather than the times.
Node ${process.version}, TensorFlow 2.21 on both sides; the peer serves with FastAPI and uvicorn.

| work | Flywheel | Keras | ratio |
|---|---|---|---|
| digits 784-64-64-10, ${trainingRows.toLocaleString('en')} rows, ${epochs} epochs: from the upload of the CSV to a published version (peer: a script that reads, trains, evaluates and saves) | ${range(time.here, seconds)} | ${range(time.peer, seconds)} | ${(median(time.here) / median(time.peer)).toFixed(2)} × its time |
| accuracy on a fifth of the rows, kept out | ${accuracy(training.here)} | ${accuracy(training.peer)} | |
| predict, one row of 784 named columns as JSON, ${clients} clients: requests per second | ${range(rate.here, (value) => value.toFixed(0))} | ${range(rate.peer, (value) => value.toFixed(0))} | ${(median(rate.here) / median(rate.peer)).toFixed(1)} × its rate |
| the same, 99th percentile of the latency | ${range(p99.here, (value) => `${value.toFixed(0)} ms`)} | ${range(p99.peer, (value) => `${value.toFixed(0)} ms`)} | ${(median(p99.here) / median(p99.peer)).toFixed(2)} × its time |
`
}

const folder = await mkdtemp(join(tmpdir(), 'flywheel-bench-'))
const service = await startFresh(process.env)
try {
  const digits = await readDigits()
  const csv = join(folder, 'digits.csv')
  const model = join(folder, 'digits.keras')
  await writeFile(csv, toCsv(digits.slice(0, trainingRows)))
  const training = await interleaved(
    (i) => trainHere(service, { csv, seed: i + 1 }),
    () => trainInKeras(csv, model),
  )
  const serving = await measureServing(service, { model, rows: digits.slice(trainingRows) })
  const text = page(training, serving)
  await writeSection('The whole loop', text)
} finally {
  await service.close()
  await rm(folder, { recursive: true, force: true })
}
