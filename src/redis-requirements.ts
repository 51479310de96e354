import type { Redis } from 'ioredis'

/**
 * Jobs live in Redis: it must neither evict keys nor forget on a restart what it has acknowledged.
 *
 * @returns a warning where Redis does not show its settings, as managed ones do not; else null
 * @throws Error that names the setting
 */
export async function checkRedis(redis: Redis): Promise<string | null> {
  const version = /redis_version:(\d+)\.(\d+)/.exec(await redis.info('server'))
  const [major = 0, minor = 0] = (version ?? []).slice(1).map(Number)
  if (major < 6 || (major === 6 && minor < 2))
    throw new Error(`Redis ${major}.${minor} is too old: 6.2 or later is needed`)
  const settings = await readSettings(redis)
  if (settings === null) {
    return 'Redis does not allow CONFIG: make sure that maxmemory-policy is noeviction and that it persists (AOF)'
  }
  if (settings['maxmemory-policy'] !== 'noeviction') {
    throw new Error(`Redis has maxmemory-policy ${settings['maxmemory-policy']}: set it to noeviction`)
  }
  if (settings.appendonly !== 'yes') throw new Error('Redis has appendonly no: set it to yes')
  return null
}

async function readSettings(redis: Redis): Promise<Record<string, string> | null> {
  try {
    const pairs = await Promise.all([
      redis.config('GET', 'maxmemory-policy'),
      redis.config('GET', 'appendonly'),
    ])
    return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]))
  } catch {
    return null // Forbidden by an ACL, or renamed.
  }
}
