/**
 * The work's result; null when the signal is aborted and the work has not ended within the grace time after it.
 * For work that may wait for something that does not come, and must not keep the api from ending.
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  { signal, graceMs = 0 }: { signal: AbortSignal; graceMs?: number },
): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  let onAbort = () => {}
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => {
      timer = setTimeout(() => resolve(null), graceMs)
    }
  })
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    work.catch(() => {}) // After the abort nobody waits for it.
  }
}
