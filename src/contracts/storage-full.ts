import { FlywheelError } from './errors.js'

/** Whether the operating system says that a disk is full, or a quota used up. */
export function isStorageFull(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

export const storageFull = (cause?: unknown): FlywheelError =>
  new FlywheelError('storage-full', 'There is no space left for the data folder', { cause })

/** A full disk becomes its own error; anything else stays as it is. */
export const asStorageError = (error: unknown): unknown => (isStorageFull(error) ? storageFull(error) : error)
