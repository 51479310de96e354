import { pino } from 'pino'
import { readConfig } from '../config.js'
import { onShutdown } from '../shutdown.js'
import { runWorker } from './run-worker.js'

/**
 * The worker's process. It ends on SIGTERM, on SIGINT and when the process that forked it is gone:
 * jobs are checkpointed and handed back within 10 s.
 *
 * `--job-types <url>` names another folder of job types.
 */
const EXIT_DEADLINE_MS = 9_500

process.title = 'flywheel worker'
const config = readConfig()
const log = pino({ level: config.logLevel, name: 'worker' })
if (config.redisUrl === null) {
  log.fatal('REDIS_URL is not set: a worker needs a queue')
  process.exit(1)
}
const given = process.argv.indexOf('--job-types')
const worker = await runWorker({
  redisUrl: config.redisUrl,
  artifactsFolder: config.artifactsFolder,
  jobTypes: given > 0 ? String(process.argv[given + 1]) : new URL('../jobs/', import.meta.url).href,
  concurrency: config.workerConcurrency,
  memoryLimitBytes: config.trainerMemoryBytes,
  log,
}).catch((error: Error) => {
  log.fatal(error.message)
  process.exit(1)
})

onShutdown(
  async (reason) => {
    log.info({ reason }, 'the worker ends')
    await worker.close()
  },
  { timeoutMs: EXIT_DEADLINE_MS },
)
