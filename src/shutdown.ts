/**
 * Calls `close` once, when this process is asked to end or when the one that started it is gone, and exits:
 * with 0 when it closed, with 1 when that failed or took longer than `timeoutMs`.
 *
 * @param close lets what runs come to its end; `reason` is the signal, or "disconnect"
 */
export function onShutdown(
  close: (reason: string) => Promise<void>,
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): void {
  let isClosing = false
  const end = async (reason: string): Promise<void> => {
    if (isClosing) return // Ctrl-C comes from the terminal and from npm
    isClosing = true
    const timer = setTimeout(() => {
      process.stderr.write(`could not close within ${timeoutMs / 1000} s\n`)
      process.exit(1)
    }, timeoutMs)
    await close(reason)
    clearTimeout(timer)
    process.exit(0)
  }
  const start = (reason: string): void => {
    end(reason).catch((error: unknown) => {
      process.stderr.write(`could not close: ${error instanceof Error ? error.stack : String(error)}\n`)
      process.exit(1)
    })
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, start)
  // With an IPC channel: its other end is closed by the kernel when the starter dies, even by SIGKILL.
  process.once('disconnect', () => start('disconnect'))
}
