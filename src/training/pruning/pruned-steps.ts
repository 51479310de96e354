import type { StepRunner } from '../step-runner.js'
import { type Pruner, withMasks } from './pruner.js'

/**
 * Takes weights out between steps and leaves them out: their gradients are masked in every step, and they and what the
 * optimizer remembers of them are 0, so that no step changes them.
 *
 * @param options.due share of the way to the final sparsity before the step of that number; null: nothing is taken out
 */
export function prunedSteps(
  runner: StepRunner,
  { pruner, due }: { readonly pruner: Pruner; readonly due: (step: number) => number | null },
): StepRunner {
  function prune(progress: number): void {
    const { weights, slots } = runner.read()
    const masks = pruner.prune(weights, progress)
    // Slots stand weight by weight, as many for each that is learnt.
    const perWeight = slots.length / weights.filter((_, i) => runner.isTrainable[i]).length
    const trainable = masks.filter((_, i) => runner.isTrainable[i])
    const masksOfSlots = slots.map((_, i) => trainable[Math.floor(i / perWeight)] ?? null)
    runner.write({ weights: withMasks(weights, masks), slots: withMasks(slots, masksOfSlots), masks })
  }

  /** How many of the steps run before weights are taken out again; the first one's are out already. */
  function stepsUntilDue(firstStep: number, count: number): number {
    let steps = 1
    while (steps < count && due(firstStep + steps) === null) steps++
    return steps
  }

  // What is not changed here is the runner's own, its numbers that change as well.
  return Object.assign(Object.create(runner) as StepRunner, {
    async run({ batches, firstStep, learningRates }) {
      const losses = new Float64Array(batches.length)
      const metricSums = new Float64Array(runner.metrics.length)
      for (let from = 0; from < batches.length; ) {
        const progress = due(firstStep + from)
        if (progress !== null) prune(progress)
        const end = from + stepsUntilDue(firstStep + from, batches.length - from)
        const part = await runner.run({
          batches: batches.slice(from, end),
          firstStep: firstStep + from,
          learningRates: learningRates.slice(from, end),
        })
        losses.set(part.losses, from)
        for (const [i, sum] of part.metricSums.entries()) metricSums[i] = (metricSums[i] as number) + sum
        from = end
      }
      return { losses, metricSums }
    },
    write(state) {
      runner.write(state.weights ? { ...state, masks: pruner.masksOf(state.weights) } : state)
    },
  } satisfies Partial<StepRunner>)
}
