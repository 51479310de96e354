import type { FastifyInstance } from 'fastify'
import { type Logger, pino } from 'pino'
import { ConfigError, readConfig } from '../config.js'
import { FlywheelError } from '../contracts/errors.js'
import { keepObjectsYoung } from '../short-lived-objects.js'
import { onShutdown } from '../shutdown.js'
import { isLoopbackAddress } from './access/loopback.js'
import { buildApp } from './app.js'

/** After this long, connections that still hold a request are cut, so that the process ends within 10 s. */
const GRACE_MS = 8_000

async function start(): Promise<void> {
  const config = readConfig(process.env, process.argv.slice(2))
  const log = pino({ name: 'api', level: config.logLevel })
  const app = await buildApp({ config, log })
  onShutdown((reason) => close({ app, log, reason }))
  try {
    await app.ready()
    if (config.container === null && !isLoopbackAddress(config.host) && app.keyRing.size === 0) {
      throw new ConfigError(
        `HOST: ${config.host} can be reached from other machines, which needs API keys; set FLYWHEEL_ADMIN_KEY to at least 32 characters`,
      )
    }
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    await app.close()
    throw error
  }
  process.send?.({ type: 'listening', addresses: app.addresses() })
}

/** Stops intake, lets requests finish, cuts those that do not, and closes every part. */
async function close({
  app,
  log,
  reason,
}: {
  app: FastifyInstance
  log: Logger
  reason: string
}): Promise<void> {
  log.info({ reason }, 'closing')
  setTimeout(() => app.server.closeAllConnections(), GRACE_MS).unref()
  await app.close()
}

/** What the user can mend: said in one line, without a stack. */
const isExpected = (error: unknown): error is Error =>
  error instanceof ConfigError ||
  error instanceof FlywheelError ||
  ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')

keepObjectsYoung()
await start().catch((error: unknown) => {
  process.stderr.write(`${isExpected(error) ? error.message : String((error as Error)?.stack ?? error)}\n`)
  process.exit(1)
})
