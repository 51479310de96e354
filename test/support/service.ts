import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { buildApp } from '../../src/api/app.js'
import { defaultFolders } from '../../src/api/catalogue-folders.js'
import { readConfig } from '../../src/config.js'
import { type RedisServer, startRedis } from '../../src/redis-server.js'
import { fillDataFolder } from './database.js'
import { temporaryFolder } from './temporary-folder.js'

export interface ServiceOptions {
  /** URL of the compiled folder of job types; the fixtures' by default, null for Flywheel's own. */
  readonly jobTypes?: URL | null
  readonly workers?: number
  /** Further environment variables, for the api and for the workers. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Service {
  readonly app: FastifyInstance
  readonly url: string
  readonly folder: string
  /** What its processes are configured with. */
  readonly environment: Readonly<Record<string, string>>
  readonly request: ReturnType<typeof supertest>
  readonly redis: RedisServer
  readonly workers: readonly ChildProcess[]
  /** Resolves when the worker is connected. */
  startWorker(): Promise<ChildProcess>
  /** Starts a worker that is expected to refuse. */
  failingWorker(): Promise<{ code: number | null; output: string }>
  /** A further api on the same Redis, with a data folder of its own. */
  anotherApp(): Promise<FastifyInstance>
  /** Starts Redis anew on the same address and data, after it was ended. */
  restartRedis(): Promise<void>
  /** Sends a job and gives its id. */
  submit(body: object): Promise<string>
  /** Resolves with the job when it has ended. */
  ended(id: string): Promise<JobAnswer>
  /** Resolves with the first event that fits. */
  event(id: string, fits: (event: EventAnswer) => boolean): Promise<EventAnswer>
  stop(): Promise<void>
}

export interface JobAnswer {
  readonly id: string
  readonly state: string
  readonly result: Record<string, unknown> | null
  readonly error: { code: string; detail: string; log: string[]; stage: string; remedy: string } | null
  readonly progress: { step: number } | null
  readonly startedAt: string | null
  readonly endedAt: string | null
}

export interface EventAnswer {
  readonly id: number
  readonly event: string
  readonly data: Record<string, unknown>
}

/** The whole service in a folder of its own: Redis, the app, and workers as processes. It ends with the test file. */
export async function startService({
  jobTypes = new URL('../fixtures/jobs/', import.meta.url),
  workers: workerCount = 1,
  env = {},
}: ServiceOptions = {}): Promise<Service> {
  const folder = await temporaryFolder()
  await fillDataFolder(folder)
  const redisFolder = join(folder, 'redis')
  let redis = await startRedis({ folder: redisFolder })
  const variables = {
    FLYWHEEL_DATA: folder,
    FLYWHEEL_LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
    PORT: '0',
    REDIS_URL: redis.url,
    ...env,
  }
  const folders = jobTypes === null ? defaultFolders : { ...defaultFolders, jobTypes }
  const app = await buildApp({ config: readConfig(variables), folders, checkAnswers: true })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const apps = [app]
  const workers: ChildProcess[] = []
  let isStopped = false

  const service: Service = {
    app,
    url,
    folder,
    environment: variables,
    request: supertest(url),
    workers,
    get redis() {
      return redis
    },
    async startWorker() {
      const worker = startWorkerProcess({ env: variables, jobTypes })
      workers.push(worker)
      const before = await connectedWorkers(app)
      await until(async () => (await connectedWorkers(app)) > before)
      return worker
    },
    async failingWorker() {
      const env = { ...variables, FLYWHEEL_LOG_LEVEL: 'fatal' }
      const worker = startWorkerProcess({ env, jobTypes, output: 'pipe' })
      let output = ''
      worker.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
      const [code] = await once(worker, 'close')
      return { code, output }
    },
    async anotherApp() {
      const other = await temporaryFolder()
      await fillDataFolder(other)
      const config = readConfig({ ...variables, FLYWHEEL_DATA: other })
      const another = await buildApp({ config, folders, checkAnswers: true })
      apps.push(another)
      await another.ready()
      return another
    },
    async restartRedis() {
      redis = await startRedis({ folder: redisFolder, url: redis.url })
    },
    async submit(body) {
      const answer = await service.request.post('/v1/jobs').send(body)
      if (answer.status !== 202) throw new Error(`${answer.status}: ${answer.text}`)
      return answer.body.id
    },
    async ended(id) {
      await service.event(id, ({ event, data }) => event === 'state' && isFinal(String(data.state)))
      return (await service.request.get(`/v1/jobs/${id}`)).body
    },
    event: (id, fits) => firstEvent(`${url}/v1/jobs/${id}/events`, fits),
    async stop() {
      if (isStopped) return
      isStopped = true
      await Promise.all(workers.map(endProcess))
      await Promise.all(apps.map((each) => each.close()))
      await redis.stop()
    },
  }
  after(() => service.stop())
  for (let count = 0; count < workerCount; count++) await service.startWorker()
  return service
}

const isFinal = (state: string): boolean => ['succeeded', 'failed', 'cancelled'].includes(state)

function startWorkerProcess({
  env,
  jobTypes,
  output = 'inherit',
}: {
  env: Readonly<Record<string, string>>
  jobTypes: URL | null
  output?: 'inherit' | 'pipe'
}): ChildProcess {
  const entry = fileURLToPath(new URL('../../src/workers/worker.js', import.meta.url))
  return fork(entry, jobTypes === null ? [] : ['--job-types', jobTypes.href], {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', output, 'inherit', 'ipc'],
  })
}

const connectedWorkers = async (app: FastifyInstance): Promise<number> =>
  (await app.jobs.queue?.workers().catch(() => 0)) ?? 0

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Asks again and again, for what tells nobody when it has changed. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  { timeoutMs = 30_000 } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Reads a job's server-sent events up to the one that fits. */
async function firstEvent(url: string, fits: (event: EventAnswer) => boolean): Promise<EventAnswer> {
  for await (const event of serverSentEvents(url)) if (fits(event)) return event
  throw new Error('the stream ended before the event came')
}

export async function* serverSentEvents(
  url: string,
  headers: Record<string, string> = {},
): AsyncGenerator<EventAnswer> {
  const stop = new AbortController()
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: stop.signal,
  })
  if (response.status !== 200 || response.body === null) throw new Error(`${url} answered ${response.status}`)
  let text = ''
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const frames = text.split('\n\n')
      text = frames.pop() ?? ''
      for (const frame of frames) {
        const fields = Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)))
        if (fields.id) yield { id: Number(fields.id), event: fields.event, data: JSON.parse(fields.data) }
      }
    }
  } finally {
    stop.abort()
  }
}
