import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { identify, isAlive, type ProcessIdentity } from '../../src/process-identity.js'
import { connectRedis } from '../../src/queues.js'
import { type Service, until } from './service.js'

/** Living children of the workers: their trainers. */
export function trainersOf(workers: readonly ChildProcess[]): ProcessIdentity[] {
  const parents = new Set(workers.map(({ pid }) => pid))
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parents.has(parentOf(name)))
    .flatMap((name) => identify(Number(name)) ?? [])
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0 // Ended while the folder was read.
  }
}

/** kill -9, and gone when it resolves. */
export async function killRedis(service: Service): Promise<void> {
  const redis = identify(service.redis.pid)
  process.kill(service.redis.pid, 'SIGKILL')
  await until(() => redis === null || !isAlive(redis))
}

/** Other settings for the service's Redis. */
export async function configureRedis(service: Service, settings: Record<string, string>): Promise<void> {
  const client = connectRedis(service.redis.url, {}, () => {})
  for (const [name, value] of Object.entries(settings)) await client.config('SET', name, value)
  client.disconnect()
}

/** FLUSHALL: the queue forgets everything. */
export async function flushRedis(service: Service): Promise<void> {
  const client = connectRedis(service.redis.url, {}, () => {})
  await client.flushall()
  client.disconnect()
}
