/**
 * The least time of some runs, after one that does not count.
 *
 * @param options.withinMs no further run begins after this time, but for the first one that counts
 * @returns milliseconds
 */
export async function leastMs(
  run: () => Promise<unknown>,
  { runs, withinMs = Infinity }: { runs: number; withinMs?: number },
): Promise<number> {
  await run()
  const begun = performance.now()
  let least = Infinity
  for (let done = 0; done < runs && (done === 0 || performance.now() - begun < withinMs); done++) {
    const started = performance.now()
    await run()
    least = Math.min(least, performance.now() - started)
  }
  return least
}
