// A file of ten million rows from its upload to a published version: time by stage, memory, waiting; writes docs/benchmarks.md.
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { startFresh } from '../demo/service.js'
import type { Report } from '../src/evaluation/report.js'
import { columns, type FileFormat, generateFile } from './data/generated-file.js'
import { type MemoryPeaks, watchService } from './data/service-memory.js'
import { machine, writeSection } from './page.js'
import { seconds } from './statistics.js'

/*
 * data.js [rows] [csv|parquet]: by default 10,000,000 rows of CSV.
 */
const [rowsText = '10000000', format = 'csv'] = process.argv.slice(2)
const rows = Number(rowsText)
if (!(Number.isInteger(rows) && rows >= 1000 && (format === 'csv' || format === 'parquet'))) {
  process.stderr.write(
    `expected a number of rows, 1,000 or more, and csv or parquet; received ${rowsText} ${format}\n`,
  )
  process.exit(2)
}
const bars = { bytes: 4e9, rowsPerSecond: 1e6, waitedShare: 0.1 } as const
const batchSize = 4096

interface Figures {
  readonly format: FileFormat
  readonly fileBytes: number
  readonly uploadSeconds: number
  readonly jobSeconds: number
  readonly uploading: MemoryPeaks
  readonly training: MemoryPeaks
  readonly report: Report
  readonly load: number
}

/** Streams a file to the service. */
async function upload(url: URL, path: string): Promise<void> {
  const sending = request(url, { method: 'POST', headers: { 'content-type': 'application/octet-stream' } })
  const answered = new Promise<string>((resolve, reject) => {
    sending.once('error', reject).once('response', async (response) => {
      const chunks = await response.setEncoding('utf8').toArray()
      const text = chunks.join('')
      if (response.statusCode === 201) resolve(text)
      else reject(new Error(`The upload was answered ${response.statusCode}: ${text}`))
    })
  })
  await Promise.all([answered, pipeline(createReadStream(path), sending)])
}

async function measure(format: FileFormat): Promise<Figures> {
  const load = loadavg()[0] as number
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-bench-'))
  const path = join(folder, `generated.${format}`)
  await generateFile(path, { rows, format })
  const service = await startFresh({
    ...process.env,
    FLYWHEEL_MAX_UPLOAD_BYTES: String(20 * 1024 ** 3),
    FLYWHEEL_REQUEST_TIMEOUT_MS: String(3_600_000),
  })
  const interrupted = () => void service.close().finally(() => process.exit(1))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    const timed = async (work: () => Promise<unknown>) => {
      const memory = watchService()
      const start = performance.now()
      await work()
      return { seconds: (performance.now() - start) / 1000, peaks: memory.stop() }
    }
    const uploaded = await timed(() =>
      upload(new URL('/v1/datasets?name=generated', service.client.url), path),
    )
    const trained = await timed(() =>
      service.client.runJob({
        type: 'train',
        model: 'generated',
        dataset: 'generated',
        target: 'y',
        transforms: [
          { name: 'impute', columns: 'x*' },
          { name: 'scale', columns: 'x*' },
        ],
        training: { epochs: 1, batchSize },
      }),
    )
    const report = await service.client.get<Report>('/v1/models/generated/versions/1/report')
    return {
      format,
      fileBytes: (await stat(path)).size,
      uploadSeconds: uploaded.seconds,
      jobSeconds: trained.seconds,
      uploading: uploaded.peaks,
      training: trained.peaks,
      report,
      load,
    }
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    await service.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const verdict = (isMet: boolean): string => (isMet ? 'met' : '**missed**')

function page({ report, uploading, training, ...figures }: Figures): string {
  const stages = report.secondsByStage
  const rate = (report.split.training + report.split.validation) / (stages.transform ?? Number.NaN)
  const waited = report.training.waitedShare ?? Number.NaN
  const roles = Object.entries(training.byRole).map(([role, bytes]) => `${role} ${gigabytes(bytes)}`)
  const times = Object.entries(stages).map(([stage, value]) => `${stage} ${seconds(value)}`)
  return `\`npm run bench:data\` generates a file of ${rows.toLocaleString('en')} rows with ${columns} columns of numbers, 2 % of them missing, and a
target of two classes (${figures.format.toUpperCase()}, ${gigabytes(figures.fileBytes)}), uploads it, and trains the default network on it:
impute and scale on all columns, batch ${batchSize.toLocaleString('en')}, one epoch. Memory is resident, the sum over processes, looked at
20 times a second.

| | | bar | |
|---|---|---|---|
| api, worker and trainer together, largest sum while the job runs | ${gigabytes(training.togetherBytes)} | ≤ 4 GB | ${verdict(training.togetherBytes <= bars.bytes)} |
| rows through impute and scale, from the table to the network's rows, once they are fitted | ${(rate / 1e6).toFixed(2)} million/s | ≥ 1 million/s | ${verdict(rate >= bars.rowsPerSecond)} |
| share of the epoch in which the network waited for rows | ${percent(waited)} | < 10 % | ${verdict(waited < bars.waitedShare)} |
| all processes, predictor and Redis too | ${gigabytes(training.allBytes)} | | |
| the same while the file is uploaded and read | ${gigabytes(uploading.allBytes)} | | |

The upload took ${seconds(figures.uploadSeconds)}, the job ${seconds(figures.jobSeconds)}: ${times.join(', ')}. The largest of each process: ${roles.join(', ')}.
Accuracy ${report.evaluation.metrics.accuracy?.toFixed(3)} on ${report.split.test.toLocaleString('en')} rows kept out.

${new Date().toISOString().slice(0, 10)}, load ${figures.load.toFixed(1)} before it. ${machine()}`
}

await writeSection('Large data', page(await measure(format)))
