import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endProcess, identify, isAlive, type ProcessIdentity } from './process-identity.js'

/** The set-up puts it there: a link to the redis-server on PATH, or the binary of a wheel. */
const binary = fileURLToPath(new URL('../../.redis/redis-server', import.meta.url))

/** Redis reads its append-only file before it answers: 60 s are several GB. */
const startTimeoutMs = 60_000
const stopTimeoutMs = 10_000

/** Who runs Redis on a folder, and for whom; kept beside its data. */
interface Holder {
  readonly redis: ProcessIdentity
  readonly socket: string
  readonly owner: ProcessIdentity
}

export interface RedisServer {
  /** `unix:/path`, as REDIS_URL takes it. */
  readonly url: string
  readonly pid: number
  /** Ends it after its data is on disk. */
  stop(): Promise<void>
}

/**
 * Starts a Redis of our own: on a unix socket, with append-only file and without eviction. One that a killed
 * process left behind on the folder is ended first.
 *
 * @param folder where its data is kept
 * @param url of one that has ended: the new one is reached under the same address
 * @param port listens on this port of loopback too
 * @param onExit called when it ends without having been asked to
 * @throws Error when a living process already runs one on the folder, or it does not answer
 */
export async function startRedis({
  folder,
  url,
  port = 0,
  onExit = () => {},
}: {
  folder: string
  url?: string
  port?: number
  onExit?: (reason: string) => void
}): Promise<RedisServer> {
  await mkdir(folder, { recursive: true })
  await endLeftover(folder)
  const socket = url?.slice('unix:'.length) ?? (await newSocket())
  const child = spawn(binary, options({ folder, port, socket }), {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  const log = lastLines(child)
  let isStopping = false
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) =>
      resolve(`${error.message}; run "npm start" or "npm test" once, they bring Redis`),
    )
    child.once('exit', (code, signal) => resolve(`Redis ended with ${signal ?? code}: ${log()}`))
  })
  if (child.pid !== undefined) await writeHolder({ folder, pid: child.pid, socket })
  await ready({ socket, ended, child })
  void ended.then((reason) => {
    if (!isStopping) onExit(reason)
  })
  return {
    url: `unix:${socket}`,
    pid: child.pid as number,
    async stop() {
      isStopping = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await ended
      clearTimeout(timer)
      await rm(dirname(socket), { recursive: true, force: true })
      await rm(holderFile(folder), { force: true })
    },
  }
}

const options = ({ folder, port, socket }: { folder: string; port: number; socket: string }): string[] =>
  Object.entries({
    port,
    bind: '127.0.0.1',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: folder,
    appendonly: 'yes',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  }).flatMap(([name, value]) => [`--${name}`, String(value)])

/** A socket's path may have 107 bytes. */
async function newSocket(): Promise<string> {
  const parent = tmpdir().length > 70 ? '/tmp' : tmpdir()
  return join(await mkdtemp(join(parent, 'flywheel-')), 'redis.sock')
}

function lastLines(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-2_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text.trim().split('\n').slice(-3).join(' | ')
}

/** Waits for PONG; while Redis loads its data it answers LOADING. */
async function ready({
  socket,
  ended,
  child,
}: {
  socket: string
  ended: Promise<string>
  child: ChildProcess
}): Promise<void> {
  let failure: string | undefined
  void ended.then((reason) => {
    failure = reason
  })
  const deadline = Date.now() + startTimeoutMs
  while (!(await answersPing(socket))) {
    if (failure === undefined && Date.now() > deadline) {
      child.kill('SIGKILL')
      failure = `Redis did not answer within ${startTimeoutMs / 1000} s`
    }
    if (failure !== undefined) throw new Error(failure)
    await delay(10)
  }
}

async function answersPing(socket: string): Promise<boolean> {
  const connection = createConnection(socket)
  try {
    connection.write('PING\r\n')
    const [answer] = (await once(connection, 'data')) as [Buffer]
    return answer.toString().startsWith('+PONG')
  } catch {
    return false // no socket yet, or closed while starting
  } finally {
    connection.destroy()
  }
}

const holderFile = (folder: string): string => join(folder, 'redis.holder.json')

async function writeHolder({
  folder,
  pid,
  socket,
}: {
  folder: string
  pid: number
  socket: string
}): Promise<void> {
  const holder = { redis: identify(pid), owner: identify(process.pid), socket }
  const temporary = `${holderFile(folder)}.${process.pid}`
  await writeFile(temporary, JSON.stringify(holder))
  await rename(temporary, holderFile(folder))
}

async function endLeftover(folder: string): Promise<void> {
  const holder = await readHolder(folder)
  if (holder === null) return
  const { redis, owner, socket } = holder
  if (!isAlive(owner)) {
    await endProcess(redis)
    await rm(dirname(socket), { recursive: true, force: true })
  } else if (isAlive(redis)) {
    throw new Error(
      `${folder} is in use by process ${owner.pid}; end that one, or set FLYWHEEL_DATA to another folder`,
    )
  }
}

async function readHolder(folder: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(holderFile(folder), 'utf8')) as Holder
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Error(`${holderFile(folder)} can not be read; remove it when no Redis runs there`, {
      cause: error,
    })
  }
}
