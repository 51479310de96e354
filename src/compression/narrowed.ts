import type { Family, Shapes } from '../contracts/family.js'
import { invalidOption } from './invalid-option.js'

/** Steps in which the share of channels is tried. */
const STEPS = 1000

/**
 * The widest network of a family that has at most a share of the parameters, all its layers made narrower by the same
 * share of their channels.
 *
 * @param options.parametersShare above 0, below 1
 * @param options.option the option that asks for it, for errors
 * @throws FlywheelError specification-invalid where the family has no channels to take out, or none has so few parameters
 */
export function narrowedTo({
  family: { name, channels, plan },
  shapes,
  hyperparameters,
  parametersShare,
  option,
}: {
  readonly family: Family
  readonly shapes: Shapes
  readonly hyperparameters: unknown
  readonly parametersShare: number
  readonly option: { readonly name: string; readonly value: unknown }
}): unknown {
  if (channels === undefined) {
    const expected = `a family whose layers can be made narrower; those of ${name} can not`
    throw invalidOption(option.name, expected, option.value)
  }
  const { parameters } = plan(shapes, hyperparameters as never)
  for (let step = STEPS - 1; step >= 0; step--) {
    const narrowed = channels.narrowed(hyperparameters as never, step / STEPS)
    if (plan(shapes, narrowed).parameters <= parametersShare * parameters) return narrowed
  }
  const least = plan(shapes, channels.narrowed(hyperparameters as never, 0)).parameters
  const expected = `a network of ${least} parameters of ${parameters} at least: with one channel in each layer it has as many`
  throw invalidOption(option.name, expected, option.value)
}
