// Serving beside the Python peers and Triton, interleaved on the same machine; writes docs/benchmarks.md.
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { machine, writeSection } from './page.js'
import { batching } from './serving/batching.js'
import { startClient } from './serving/client.js'
import { growth } from './serving/growth.js'
import { int8 } from './serving/int8.js'
import { openLoop } from './serving/open-loop.js'
import { rates } from './serving/rates.js'
import { rest } from './serving/rest.js'
import { exportNetwork, startService } from './serving/service.js'
import { smaller } from './serving/smaller.js'
import { swap } from './serving/swap.js'

/*
 * serving.js [rounds] [row…]: by default 5 rounds, and all rows. Each row replaces its own section of the page.
 */
const all = [rates, openLoop, batching, swap, growth, rest, int8, smaller]
const secondsPerMeasurement = 3
const [rounds = '5', ...names] = process.argv.slice(2)
const unknown = names.filter((name) => !all.some((row) => row.name === name))
if (!/^[1-9]\d*$/.test(rounds) || unknown.length > 0) {
  const given = process.argv.slice(2).join(' ')
  const known = all.map(({ name }) => name).join(', ')
  process.stderr.write(`expected how many rounds, and rows out of ${known}; received ${given}\n`)
  process.exit(2)
}

const folder = await mkdtemp(join(tmpdir(), 'flywheel-bench-'))
const { service, digits } = await startService()
const client = startClient()
const close = async () => {
  await client.stop()
  await service.close()
  await rm(folder, { recursive: true, force: true })
}
const interrupted = () => void close().finally(() => process.exit(1))
process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
try {
  await exportNetwork(service, folder)
  await writeSection(
    'Serving',
    `\`npm run bench:serving\` installs the peers into virtual environments of its own, starts the service and them, and measures
all sides in turn, 5 times; \`npm run bench:serving -- 9 rates swap\` measures those rows, 9 times. Each measurement takes
${secondsPerMeasurement} s, after half a second of the same. Ratios are medians over the rounds. A row is a digit of 784 pixels, as named columns in JSON or as
a tensor of the Open Inference Protocol. The service runs as \`npm start\` starts it: one api, one predictor, predictions
kept for feedback. The peers answer with the network that Flywheel exported: FastAPI under uvicorn with uvloop, MLflow by \`mlflow
models serve\`, BentoML and LitServe with their batching, each in one process for the web (BentoML and LitServe have another
one for the model); Triton is the server in the wheel \`nvidia-pytriton\`, with its batcher and ONNX Runtime in Python.`,
  )
  for (const row of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
    try {
      const load = `load ${(loadavg()[0] as number).toFixed(1)} before it`
      const text = await row.measure({
        service,
        digits,
        client,
        folder,
        rounds: Number(rounds),
        seconds: secondsPerMeasurement,
      })
      const conditions = `${rounds} rounds, ${new Date().toISOString().slice(0, 10)}, ${load}. ${machine()}`
      await writeSection(`Serving: ${row.title}`, `${text}\n\n${conditions}`)
    } catch (error) {
      // The other rows go on.
      process.exitCode = 1
      process.stderr.write(`${row.name}: ${(error as Error).stack}\n`)
    }
  }
} finally {
  process.removeListener('SIGINT', interrupted).removeListener('SIGTERM', interrupted)
  await close()
}
