/**
 * Goes on with something that has just been opened. Where that fails nobody would own it: it is disposed of.
 *
 * @returns what `next` gives
 */
export async function orDispose<Opened extends { dispose(): void }, Result>(
  opened: Opened,
  next: (opened: Opened) => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await next(opened)
  } catch (error) {
    opened.dispose()
    throw error
  }
}
