import type { Head } from '../../../contracts/task.js'

/** What config.json says of the network whose weights stand beside it. */
export interface NetworkConfig {
  readonly family: string
  readonly hyperparameters: unknown
  readonly shapes: {
    readonly inputs: readonly {
      readonly name: string
      readonly shape: readonly number[]
      readonly tokens?: number
    }[]
    readonly units: number
  }
  readonly seed: number
  /** What comes after the logits. */
  readonly head: Pick<Head, 'units' | 'activation' | 'temperature' | 'scale'>
}
