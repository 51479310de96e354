import { mkdir, rm, utimes } from 'node:fs/promises'
import type { Artifacts } from '../contracts/job.js'
import { asStorageError } from '../contracts/storage-full.js'

const TOUCH_MS = 60_000

/** Gives a folder beside the stored files for the temporary ones of some work, and removes it whatever happens. */
export async function withTemporaryFolder<T>(
  { artifacts }: { readonly artifacts: Pick<Artifacts, 'temporaryPath'> },
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = artifacts.temporaryPath()
  // Clean-up takes a folder that nobody has touched for long for a crash's.
  const touch = () => utimes(folder, new Date(), new Date()).catch(() => {})
  const timer = setInterval(touch, TOUCH_MS).unref()
  try {
    await mkdir(folder)
    return await work(folder)
  } catch (error) {
    throw asStorageError(error)
  } finally {
    clearInterval(timer)
    await rm(folder, { recursive: true, force: true })
  }
}
