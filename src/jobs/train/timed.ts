/** Does the work and notes under the stage's name how many seconds it took. */
export async function timed<Result>(
  seconds: Record<string, number>,
  stage: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const started = performance.now()
  const result = await work()
  seconds[stage] = (performance.now() - started) / 1000
  return result
}
