import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startRedis } from '../../src/redis-server.js'
import { parseDockerfile } from './dockerfile.js'
import {
  type BuiltStage,
  command,
  dockerContext,
  inStage,
  nodeImage,
  reasonToSkip,
  stageBuilder,
} from './plain-debian.js'

const project = fileURLToPath(new URL('../../../', import.meta.url))
const adminKey = 'a-key-for-this-test-of-32-characters'

test('the steps of the Dockerfile make an api and a worker that train and predict', async (context) => {
  const reason = reasonToSkip()
  if (reason !== null) {
    process.stderr.write(`SKIPPED: the Dockerfile is not tried out: ${reason}\n`)
    return context.skip(reason)
  }
  const work = await mkdtemp(join(tmpdir(), 'flywheel-docker-'))
  after(() => rm(work, { recursive: true, force: true }))
  const npm = join((await command('npm', ['root', '--global'])).trim().split('\n').at(-1) as string, 'npm')
  const build = stageBuilder({
    stages: parseDockerfile(await readFile(join(project, 'docker/Dockerfile'), 'utf8')),
    context: await dockerContext({ project, folder: join(work, 'context') }),
    image: await nodeImage({ folder: join(project, '.cache/node-image'), npm }),
    work,
  })
  const [api, worker] = [await build('api'), await build('worker')]
  context.diagnostic(`api: ${(await command('du', ['-sh', api.root])).split('\t')[0]} with Debian and Node`)

  const [port, redisPort] = [await freePort(), await freePort()]
  const redis = await startRedis({ folder: join(work, 'redis'), port: redisPort })
  after(() => redis.stop())
  const env = {
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    PORT: String(port),
    FLYWHEEL_ADMIN_KEY: adminKey,
  }
  const mounts = { [join(api.root, 'artifacts')]: '/artifacts' }
  const processes = [run(api, { env }), run(worker, { env, mounts })]
  after(() => Promise.all(processes.map(end)))
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${url}/readyz`)).status === 200)

  const form = new FormData()
  form.set('name', 'points')
  form.set('file', new Blob([points()]), 'points.csv')
  await answer(`${url}/v1/datasets`, { method: 'POST', body: form })
  const job = { type: 'train', model: 'halves', dataset: 'points', target: 'side', training: { epochs: 3 } }
  const { id } = await answer<{ id: string }>(`${url}/v1/jobs`, json(job))
  await until(async () => {
    const { state, error } = await answer<{ state: string; error: unknown }>(`${url}/v1/jobs/${id}`, {})
    assert.ok(!['failed', 'cancelled'].includes(state), JSON.stringify(error))
    return state === 'succeeded'
  })
  const { predictions } = await answer<{ predictions: { label: string }[] }>(
    `${url}/v1/models/halves/predict`,
    json({ instances: [{ x: 9, y: 1 }] }),
  )
  assert.ok(['left', 'right'].includes(predictions[0]?.label ?? ''))
})

const points = (): string =>
  `x,y,side\n${Array.from({ length: 200 }, (_, i) => `${i % 20},${i % 7},${i % 20 < 10 ? 'left' : 'right'}`).join('\n')}\n`

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

async function answer<Body>(url: string, request: RequestInit): Promise<Body> {
  const headers = { ...request.headers, authorization: `Bearer ${adminKey}` }
  const response = await fetch(url, { ...request, headers })
  const text = await response.text()
  assert.ok(response.ok, `${url}: ${response.status} ${text}`)
  return JSON.parse(text) as Body
}

function run(stage: BuiltStage, options: Parameters<typeof inStage>[1]): ChildProcess {
  return spawn(...inStage(stage, options), { stdio: ['ignore', 'inherit', 'inherit'] })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function until(isReached: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!(await isReached().catch(rethrowAssertion))) {
    assert.ok(Date.now() < deadline, 'not reached within 120 s')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function rethrowAssertion(error: unknown): false {
  if (error instanceof assert.AssertionError) throw error
  return false
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
