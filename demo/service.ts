import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from './client.js'

export interface DemoService {
  readonly client: Client
  close(): Promise<void>
}

/** The running service at FLYWHEEL_URL or on PORT, else a fresh one on a free port with its data in a temporary folder. */
export async function findOrStartService(env = process.env): Promise<DemoService> {
  const running = new Client(
    env.FLYWHEEL_URL ?? `http://127.0.0.1:${env.PORT ?? 8080}`,
    env.FLYWHEEL_ADMIN_KEY,
  )
  if (await running.isReady()) return { client: running, close: async () => {} }
  if (env.FLYWHEEL_URL !== undefined)
    throw new Error(`No service answers at FLYWHEEL_URL=${env.FLYWHEEL_URL}`)
  return startFresh(env)
}

/** A service of which the process is known. */
export interface FreshService extends DemoService {
  readonly pid: number
}

export async function startFresh(env: NodeJS.ProcessEnv): Promise<FreshService> {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-demo-'))
  const port = await freePort()
  const service = spawn(process.execPath, [new URL('../src/start.js', import.meta.url).pathname], {
    env: { ...env, PORT: String(port), HOST: '127.0.0.1', FLYWHEEL_DATA: folder, FLYWHEEL_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  })
  const ended = once(service, 'exit')
  const close = async (): Promise<void> => {
    service.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const client = new Client(`http://127.0.0.1:${port}`)
  while (!(await client.isReady())) {
    if (service.exitCode !== null)
      throw new Error(`The service ended with code ${service.exitCode} while it started`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return { client, close, pid: service.pid as number }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
