import { basename, join } from 'node:path'
import { readConfig } from '../config.js'
import { discover } from '../contracts/discovery.js'
import { errorTable, FlywheelError } from '../contracts/errors.js'
import type { RunContext, RunnableJob } from '../contracts/job.js'
import type { MemoryFigures } from '../contracts/memory.js'
import { parse } from '../contracts/validation.js'
import { openArtifactStore } from '../registry/artifacts.js'
import { hasGpu, loadTensorFlow } from './load-tensorflow.js'
import type { FromTrainer, ToTrainer, TrainerError } from './messages.js'

/**
 * A trainer: forked for one job, runs it, leaves its result in the artifact store, tells the worker and ends.
 * It ends by itself when the worker is gone.
 */
const stop = new AbortController()
process.title = 'flywheel trainer'
process.on('disconnect', () => process.exit(1))
// Ctrl-C reaches the worker too, which asks for a checkpoint.
process.on('SIGINT', () => {})
process.on('message', (message: ToTrainer) => {
  if (message.kind === 'stop') stop.abort(message.reason)
  else void work(message)
})

async function work(message: Extract<ToTrainer, { kind: 'run' }>): Promise<void> {
  const answer = await run(message)
  process.send?.(answer, () => process.exit(0))
}

async function run({
  data,
  attempt,
  memoryLimitBytes,
  artifactsFolder,
  jobTypes,
}: Extract<ToTrainer, { kind: 'run' }>): Promise<FromTrainer> {
  let stage = 'load'
  try {
    const artifacts = await openArtifactStore(artifactsFolder)
    const type = await jobType(new URL(jobTypes), data.type)
    const specification = parse(type.specification, data.specification)
    stage = 'run'
    const context: RunContext = {
      signal: stop.signal,
      attempt,
      memoryLimitBytes,
      expectMemory: (demand) => tell({ kind: 'memory', demand }),
      artifacts,
      async outputOf(jobId) {
        const outcome = await artifacts.readResult(jobId)
        return outcome !== null && 'output' in outcome ? outcome.output : null
      },
      checkpoints: artifacts.checkpoints(data.jobId),
      scratchFolder: join(readConfig().dataFolder, 'scratch'),
      hasGpu,
      tensorflow: loadTensorFlow,
      progress: (progress) => tell({ kind: 'progress', progress }),
      event: (event, payload) => tell({ kind: 'event', event, data: payload }),
    }
    const output = await type.run({ ...data, specification }, context)
    stage = 'store'
    await artifacts.writeResult(data.jobId, attempt, { output })
    return { kind: 'done', output }
  } catch (error) {
    if (stop.signal.aborted) return { kind: 'stopped' }
    console.error(error)
    return { kind: 'failed', error: trainerError(error, stage) }
  }
}

/** Beside the types that can be asked for stand, in `parts/`, those that only other jobs are made of. */
async function jobType(folder: URL, name: string): Promise<RunnableJob> {
  const type =
    (await discover<RunnableJob>(folder)).get(name) ??
    (await discover<RunnableJob>(new URL('parts/', folder))).get(name)
  if (type) return type
  throw new FlywheelError(
    'job-failed',
    `This worker knows no job type ${name} (${basename(folder.pathname)})`,
  )
}

const tell = (message: FromTrainer): void => {
  if (process.connected) process.send?.(message)
}

/** Errors of the table are retried when it says so; anything that nobody foresaw is retried too. */
function trainerError(error: unknown, stage: string): TrainerError {
  if (error instanceof FlywheelError) {
    const { code, message: detail, remedy, retriable: isRetriable } = error
    const memory = code === 'memory-limit' ? { memory: error.members as unknown as MemoryFigures } : {}
    return { stage, code, detail, remedy, isRetriable, ...memory }
  }
  const detail = error instanceof Error ? error.message : String(error)
  return { stage, code: 'job-failed', detail, remedy: errorTable['job-failed'].remedy, isRetriable: true }
}
