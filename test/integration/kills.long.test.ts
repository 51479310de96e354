import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedState } from '../fixtures/jobs/count.js'
import { flushRedis, killRedis, trainersOf } from '../support/faults.js'
import { type Service, startService, until } from '../support/service.js'

const KILLS = 20
const STEPS = 400

/** The same numbers in each run, so that a failure can be seen again. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

test(`after ${KILLS} kills of trainers, workers and Redis at random steps every job has succeeded, once`, async () => {
  const service = await startService({ workers: 2 })
  const random = randomNumbers(7)
  const models = ['first', 'second', 'third', 'fourth']
  const ids = await Promise.all(
    models.map((model) => service.submit({ type: 'count', model, steps: STEPS, stepMs: 50 })),
  )
  for (let kill = 0; kill < KILLS; kill++) {
    const open = await openJobs(service, ids)
    if (open.length === 0) break
    await stepsFurther(service, open, Math.ceil(random() * 10))
    await faults[Math.floor(random() * faults.length)]?.(service)
  }
  const ended = await Promise.all(ids.map((id) => service.ended(id)))
  assert.deepEqual(
    ended.map(({ state, result }) => [state, result?.state]),
    ids.map(() => ['succeeded', expectedState(STEPS)]),
  )
  for (const model of models) {
    assert.equal((await service.request.get(`/v1/models/${model}`)).body.versions.length, 1)
  }
  await until(() => trainersOf(service.workers).length === 0)
})

const faults = [
  async (service: Service) => {
    for (const { pid } of trainersOf(service.workers)) process.kill(pid, 'SIGKILL')
  },
  async (service: Service) => {
    service.workers
      .findLast(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      ?.kill('SIGKILL')
    await service.startWorker()
  },
  async (service: Service) => {
    await killRedis(service)
    await service.restartRedis()
  },
  flushRedis,
]

async function openJobs(service: Service, ids: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(ids.map((id) => service.request.get(`/v1/jobs/${id}`)))
  return answers.flatMap(({ body }) => (['queued', 'running'].includes(body.state) ? [body.id] : []))
}

/** Resolves when one of the jobs has got on by so many steps. */
async function stepsFurther(service: Service, ids: readonly string[], steps: number): Promise<void> {
  const stepOf = async (id: string): Promise<number> =>
    (await service.request.get(`/v1/jobs/${id}`)).body.progress?.step ?? 0
  const before = await Promise.all(ids.map(stepOf))
  await until(
    async () => {
      const now = await Promise.all(ids.map(stepOf))
      const isOver = (await openJobs(service, ids)).length < ids.length
      return isOver || now.some((step, index) => step - (before[index] ?? 0) >= steps)
    },
    { timeoutMs: 90_000 },
  )
}

test('a training that was killed again and again ends with the very weights of one that was left alone', async () => {
  const service = await startService({ jobTypes: null, env: { FLYWHEEL_DEVICE: 'cpu' } })
  const rows = Array.from({ length: 3_000 }, (_, index) => {
    const [x, y] = [Math.sin(index * 1.7), Math.cos(index * 0.9)]
    return { x, y, z: Math.sin(index), kind: x * y > 0 ? 'same' : 'other' }
  })
  assert.equal((await service.request.post('/v1/datasets').send({ name: 'signs', rows })).status, 201)
  const job = (model: string) => ({
    type: 'train',
    model,
    dataset: 'signs',
    target: 'kind',
    hyperparameters: { hiddenUnits: [64, 64], dropout: 0.2 },
    training: { epochs: 40, seed: 5, deterministic: true },
  })
  const alone = await service.submit(job('alone'))
  const killed = await service.submit(job('killed'))
  const first = await service.ended(alone)
  let kills = 0
  for (const step of [150, 700, 1_300]) {
    await service.event(killed, ({ event, data }) => isAt(event, data, step))
    for (const { pid } of trainersOf(service.workers)) {
      process.kill(pid, 'SIGKILL')
      kills += 1
    }
  }
  const second = await service.ended(killed)
  assert.deepEqual([first.state, second.state], ['succeeded', 'succeeded'], JSON.stringify(second.error))
  assert.ok(kills > 0)
  const [one, other] = await Promise.all(['alone', 'killed'].map((model) => weightsOf(service, model)))
  assert.deepEqual(one, other)
})

const isAt = (event: string, data: Record<string, unknown>, step: number): boolean =>
  (event === 'progress' && Number(data.step) >= step) || (event === 'state' && data.state === 'succeeded')

async function weightsOf(service: Service, model: string): Promise<{ weights: string; optimizer: string }> {
  const { body } = await service.request.get(`/v1/models/${model}/versions/1`)
  const manifest = JSON.parse((await service.app.artifacts.read(body.sha256)).toString())
  return { weights: manifest.weights.sha256, optimizer: manifest.optimizer.sha256 }
}
