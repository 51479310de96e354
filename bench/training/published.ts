import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDigits, toCsv } from '../../demo/digits.js'
import { type DemoService, startFresh } from '../../demo/service.js'
import { python } from '../peers.js'
import { mean, seconds } from '../statistics.js'
import { peerRequirements, table } from './in-turn.js'
import type { Conditions, Row } from './row.js'
import { shiftedDigits } from './shifted-digits.js'
import { watchTrainer } from './trainer-memory.js'
import { cnn, mlp, type Work } from './works.js'

const rows = 48_000
const [flywheel, keras] = ['Flywheel', 'Keras'] as const

interface Run {
  readonly seconds: number
  readonly accuracy: number
  readonly peakBytes: number
}

/** A job from its POST to the published version, beside a Keras script that trains and saves the same. */
interface Publishing {
  readonly work: Work
  readonly epochs: number
  /** Of the seconds, where there is one. */
  readonly bar?: number
}

async function trainHere({ client }: DemoService, { work, epochs }: Publishing, seed: number): Promise<Run> {
  const memory = watchTrainer()
  const start = performance.now()
  try {
    const { result } = await client.runJob({
      type: 'train',
      model: work.family,
      dataset: 'digits',
      target: 'label',
      // Named, since columns that hold one value would be left out: Keras's script keeps them.
      features: ['p*'],
      family: work.family,
      transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
      hyperparameters: work.hyperparameters,
      training: { epochs, batchSize: work.batchSize, seed },
      deploy: { when: 'always' },
    })
    const { accuracy } = (result as { metrics: { accuracy: number } }).metrics
    return { seconds: (performance.now() - start) / 1000, accuracy, peakBytes: memory.peakBytes() }
  } finally {
    memory.stop()
  }
}

async function trainInKeras(
  { work, epochs }: Publishing,
  { device, csv, out }: { device: Conditions['device']; csv: string; out: string },
): Promise<Run & { readSeconds: number }> {
  const start = performance.now()
  const text = await python('keras_training.py', [csv, String(epochs), out, work.family], {
    requirements: peerRequirements(device),
    env: device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '' } : {},
  })
  return { seconds: (performance.now() - start) / 1000, ...JSON.parse(text) }
}

/** Starts the service with the rows in it, runs both sides in turn, and stops it. */
async function measure(publishing: Publishing, { repetitions, device }: Conditions) {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-bench-'))
  const service = await startFresh({ ...process.env, FLYWHEEL_DEVICE: device })
  const interrupted = () => void service.close().finally(() => process.exit(1))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    const peer = { device, csv: join(folder, 'digits.csv'), out: join(folder, 'digits.keras') }
    const text = toCsv(shiftedDigits(await readDigits(), rows))
    await writeFile(peer.csv, text)
    const start = performance.now()
    await service.client.post('/v1/datasets?name=digits', text, 'text/csv')
    const uploadSeconds = (performance.now() - start) / 1000
    const here: Run[] = []
    const there: Awaited<ReturnType<typeof trainInKeras>>[] = []
    for (let i = 0; i < repetitions; i++) {
      here.push(await trainHere(service, publishing, i + 1))
      there.push(await trainInKeras(publishing, peer))
    }
    return { here, there, uploadSeconds }
  } finally {
    process.removeListener('SIGINT', interrupted).removeListener('SIGTERM', interrupted)
    await service.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function publishing(name: string, { title, ...job }: Publishing & { title: string }): Row {
  return {
    name,
    title,
    async measure(conditions) {
      const { here, there, uploadSeconds } = await measure(job, conditions)
      const both = (pick: (run: Run) => number) =>
        new Map([
          [flywheel, here.map(pick)],
          [keras, there.map(pick)],
        ])
      const accuracy = (runs: readonly Run[]) => mean(runs.map((run) => run.accuracy)).toFixed(3)
      const reading = mean(there.map(({ readSeconds }) => readSeconds))
      const [times, peaks] = [both((run) => run.seconds), both((run) => run.peakBytes)]
      const timeTable = table(times, { bars: job.bar ? { [keras]: job.bar } : {}, format: seconds })
      const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
      return `${rows.toLocaleString('en')} rows, a fifth kept out, ${job.epochs} epochs, batch ${job.work.batchSize}: from POST to the published version, beside a
script that imports Keras, reads the same CSV, trains, evaluates and saves. Accuracy on the rows kept out, mean: ${accuracy(here)},
Keras ${accuracy(there)}. The upload before it took ${seconds(uploadSeconds)}, once; the script's reading takes ${seconds(reading)} of each run.

${timeTable}

Largest resident memory (VmHWM) of the trainer, and of the script:

${table(peaks, { bars: { [keras]: 1.2 }, format: megabytes })}`
    },
  }
}

export const publishingRows: readonly Row[] = [
  publishing('published', {
    title: 'MLP, from the request to a published version',
    work: mlp,
    epochs: 10,
    bar: 1,
  }),
  publishing('published-cnn', {
    title: 'CNN, from the request to a published version',
    work: cnn(32),
    epochs: 1,
  }),
]
