import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FlywheelError } from '../../contracts/errors.js'
import { identify, isAlive, type ProcessIdentity } from '../../process-identity.js'

/** Held while a process owns the embedded database of a data folder. */
export interface FolderLock {
  release(): Promise<void>
}

/**
 * Takes the lock file of a data folder; one whose holder is gone, a zombie or another process by now is taken over.
 *
 * @throws FlywheelError conflict when a living process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'lock')
  const own = JSON.stringify(identify(process.pid))
  for (;;) {
    if (await create(path, own)) return { release: () => release(path, own) }
    const held = await readFile(path, 'utf8').catch(() => null)
    if (held === null) continue
    const holder = livingHolder(held)
    if (holder !== null) throw refusal(folder, holder)
    await removeStale(path, held)
  }
}

/** Writes beside the path and links, so that nobody reads a lock that is written in part. */
async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}`
  const file = await open(draft, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

function livingHolder(content: string): number | null {
  let holder: Partial<ProcessIdentity> | null
  try {
    holder = JSON.parse(content)
  } catch {
    return null // Torn by a crash of the machine: nobody that lives wrote it.
  }
  if (typeof holder?.pid !== 'number' || typeof holder.startTime !== 'string') return null
  return isAlive({ pid: holder.pid, startTime: holder.startTime }) ? holder.pid : null
}

/** Two takers may see the same stale lock: the one that moves away a fresh lock by mistake puts it back. */
async function removeStale(path: string, seen: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`
  try {
    await rename(path, aside)
    if ((await readFile(aside, 'utf8')) !== seen) await link(aside, path)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    await rm(aside, { force: true })
  }
}

async function release(path: string, own: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => null)) === own) await rm(path, { force: true })
}

const refusal = (folder: string, pid: number) =>
  new FlywheelError('conflict', `The data folder ${folder} is in use by process ${pid}`, {
    remedy:
      'Stop that process, use another FLYWHEEL_DATA, or set DATABASE_URL: more than one api needs Postgres',
  })
