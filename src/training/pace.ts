/** A call of the runner should take about so long: messages get through in between, and calls cost little. */
const callMs = 120

/** Chooses how many steps go into one call, from the time that steps take. */
export function createPace({ maxSteps }: { maxSteps: number }) {
  let steps = 1
  return {
    get steps() {
      return steps
    },
    took(count: number, ms: number): void {
      const fitting = Math.floor((callMs * count) / Math.max(ms, 0.001))
      steps = Math.max(1, Math.min(fitting, 4 * steps, maxSteps))
    },
  }
}
