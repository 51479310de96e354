import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Digit, readDigits, toCsv } from '../../demo/digits.js'
import { type DemoService, startFresh } from '../../demo/service.js'
import type { Server } from './peers.js'

const run = promisify(execFile)
const trainingRows = 4_000

/** The service with its models: `digits` (784-64-64-10, two versions) and `wide` (784-1024-1024-10). */
export interface BenchService {
  readonly service: DemoService
  /** Rows that no model has seen. */
  readonly digits: readonly Digit[]
}

export async function startService(): Promise<BenchService> {
  const digits = await readDigits()
  const service = await startFresh(process.env)
  try {
    await service.client.post('/v1/datasets?name=digits', toCsv(digits.slice(0, trainingRows)), 'text/csv')
    for (const seed of [1, 2]) await train(service, { model: 'digits', hiddenUnits: [64, 64], seed })
    await train(service, { model: 'wide', hiddenUnits: [1024, 1024], seed: 1 })
    return { service, digits: digits.slice(trainingRows) }
  } catch (error) {
    await service.close()
    throw error
  }
}

/** Publishes one more version of `digits`, which no alias names and no predictor has in memory. */
export const publishCold = async (service: DemoService, seed: number): Promise<number> => {
  const { result } = await train(service, { model: 'digits', hiddenUnits: [64, 64], seed, when: 'never' })
  return (result as { version: number }).version
}

/** Deploys the version that it publishes, unless it is told otherwise. */
const train = (
  { client }: DemoService,
  {
    model,
    hiddenUnits,
    seed,
    when = 'always',
  }: { model: string; hiddenUnits: readonly number[]; seed: number; when?: 'always' | 'never' },
) =>
  client.runJob({
    type: 'train',
    model,
    dataset: 'digits',
    target: 'label',
    // Named, since columns that hold one value would be left out: the peers take all 784.
    features: ['p*'],
    family: 'mlp',
    transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
    hyperparameters: { hiddenUnits },
    training: { epochs: 3, batchSize: 64, seed },
    deploy: { when },
  })

/** Writes the network that `digits` answers with into a folder, for the peers: as ONNX, and its weights alone. */
export async function exportNetwork({ client }: DemoService, folder: string): Promise<void> {
  for (const format of ['onnx', 'safetensors']) {
    const path = '/v1/models/digits/versions/2/exports'
    const { id } = await client.post<{ id: string }>(path, { format, archive: 'tar.gz' })
    const { result } = await client.follow(id)
    const archive = await fetch(new URL(result?.download as string, client.url))
    const file = join(folder, `${format}.tar.gz`)
    await writeFile(file, Buffer.from(await archive.arrayBuffer()))
    await run('tar', ['--extract', '--gzip', '--file', file, '--directory', folder])
  }
}

export const flywheel = ({ client }: DemoService, form: 'instances' | 'binary'): Server => ({
  name: form === 'instances' ? 'Flywheel' : 'Flywheel, binary',
  url: new URL(form === 'instances' ? '/v1/models/digits/predict' : '/v2/models/digits/infer', client.url)
    .href,
  form,
  predicts: true,
  stop: async () => {},
})

/** What the client and Fastify take alone, in a process of their own. */
export async function startFloor(
  port: number,
): Promise<{ hello: Server; echo: Server; stop(): Promise<void> }> {
  const script = fileURLToPath(new URL('../sides/floor.js', import.meta.url))
  const child = spawn(process.execPath, [script, String(port)], { stdio: ['pipe', 'inherit', 'inherit'] })
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  while (
    !(await fetch(url).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`The floor ended with code ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const stop = async () => {
    child.kill()
    await exited
  }
  const route = { predicts: false, stop: async () => {} }
  return {
    hello: { ...route, name: 'Fastify, hello', url: `${url}/hello`, form: 'nothing' },
    echo: { ...route, name: 'Fastify, echo of the body', url: `${url}/echo`, form: 'instances' },
    stop,
  }
}
