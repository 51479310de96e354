import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from './config.js'
import { type RedisServer, startRedis } from './redis-server.js'
import { onShutdown } from './shutdown.js'
import { endLeftovers, recordProcesses } from './started-processes.js'
import { type SupervisedProcess, supervise } from './supervised-process.js'

const say = (text: string): void => void process.stderr.write(`flywheel: ${text}\n`)

let isEnding = false
let isReady = false
let redis: RedisServer | null = null
let restarting: Promise<unknown> = Promise.resolve()
const children: SupervisedProcess[] = []

const starting = start()
onShutdown(end, { timeoutMs: 40_000 })
try {
  await starting
} catch (error) {
  await giveUp(error)
}

/** Starts Redis, api and worker, and tells where they are once the API is ready. */
async function start(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2))
  await mkdir(config.dataFolder, { recursive: true })
  await endLeftovers(config.dataFolder)
  const port = await freePort(config)
  say('starting')
  const redisUrl = config.redisUrl ?? (await keepRedis(join(config.dataFolder, 'redis')))
  if (isEnding) return
  const env = {
    ...process.env,
    PORT: String(port),
    ...(config.container === null ? {} : { AIP_HTTP_PORT: String(port) }),
    REDIS_URL: redisUrl,
    FLYWHEEL_LOG_LEVEL: process.env.FLYWHEEL_LOG_LEVEL || 'warn',
  }
  const failed = new Promise<never>((_, reject) => {
    for (const [name, entry] of [
      ['api', './api/server.js'],
      ['worker', './workers/worker.js'],
    ] as const) {
      children.push(
        supervise({
          name,
          entry: fileURLToPath(new URL(entry, import.meta.url)),
          env,
          onStart: () => recordProcesses(config.dataFolder, children),
          onExit: ({ reason, restartsInMs }) => {
            if (isReady) say(`${name} ended (${reason}); starting it again in ${restartsInMs} ms`)
            else reject(new Error(`${name} ended (${reason}) before the service was ready`))
            return isReady
          },
        }),
      )
    }
  })
  recordProcesses(config.dataFolder, children)
  const url = `http://${hostInUrl(config.host)}:${port}`
  await Promise.race([ready(config.container === null ? `${url}/readyz` : url), failed])
  if (isEnding) return
  isReady = true
  process.stdout.write(
    `\nFlywheel is ready\n  API   ${url}\n  docs  ${url}/docs\n  data  ${config.dataFolder}\nCtrl-C ends it.\n\n`,
  )
}

/** Runs a Redis of our own, and runs it again under the same address when it ends. */
async function keepRedis(folder: string, url?: string): Promise<string> {
  redis = await startRedis({
    folder,
    ...(url === undefined ? {} : { url }),
    onExit: (reason) => {
      if (isEnding) return
      say(`${reason}; starting it again`)
      restarting = delay(500).then(() => (isEnding ? '' : keepRedis(folder, redis?.url)))
      restarting.catch(giveUp)
    },
  })
  return redis.url
}

async function giveUp(error: unknown): Promise<void> {
  say(error instanceof Error ? error.message : String(error))
  await end()
  process.exit(1)
}

/** Redis last: api and worker hand back what they hold. */
async function end(): Promise<void> {
  isEnding = true
  await Promise.allSettled([starting, restarting]) // what it was about to start is known then
  await Promise.all(children.map((child) => child.stop()))
  await redis?.stop()
}

/** The configured port when nothing listens there; any free one for 0. */
async function freePort({ host, port }: Config): Promise<number> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return (server.address() as { port: number }).port
  } catch (error) {
    throw new Error(refusal({ host, port, code: (error as NodeJS.ErrnoException).code }))
  } finally {
    server.close()
  }
}

function refusal({ host, port, code }: { host: string; port: number; code: string | undefined }): string {
  if (code === 'EADDRINUSE')
    return `PORT: ${port} on ${host} is in use; end that program, or set PORT to another`
  if (code === 'EACCES') return `PORT: ${port} needs privileges; set PORT to one above 1023`
  return `HOST: can not listen on ${host} (${code}); set HOST to an address of this machine`
}

/** An address that stands for all is reached over loopback. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

/** A container answers its contract alone: there any answer will do. */
async function ready(url: string): Promise<void> {
  while (!isEnding) {
    const isAnswered = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      ({ status }) => status === 200 || !url.endsWith('/readyz'),
      () => false, // not listening yet
    )
    if (isAnswered) return
    await delay(50)
  }
}
