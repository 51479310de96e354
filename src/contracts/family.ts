import type { LayersModel, Scalar } from '@tensorflow/tfjs'
import type { Static, TSchema } from 'typebox'

/** The tfjs module, handed to families as an argument so that the catalogue loads without it. */
export type TensorFlow = typeof import('@tensorflow/tfjs')

/**
 * What one row of a network's input is: `vector` [width], `image` [height, width, channels], `series` [steps, features],
 * `tokens` [length] of ids from 0 (which fills up short rows; 1 stands for what is unknown), or `bag` [2, length] of ids and their weights, whose order means nothing
 * (a weight of 0 fills up short rows).
 */
export type RowKind = 'vector' | 'image' | 'series' | 'tokens' | 'bag'

/** One input of a network. */
export interface Input {
  readonly name: string
  /** Without the batch dimension: `[784]` is a row of 784 numbers. */
  readonly shape: readonly number[]
  /** How many token ids there are, where the elements are ids; absent where they are measurements. */
  readonly tokens?: number
}

/** What goes into a network and how wide its output is. */
export interface Shapes {
  /** One for each part of a row: a text and another one, an image and numbers beside it. */
  readonly inputs: readonly Input[]
  /** Width of the logits: of all outputs, side by side, where a task has several or one for each step. */
  readonly units: number
}

/** What a network costs, before it is built. */
export interface NetworkPlan {
  readonly parameters: number
  /** Bytes of activations kept for the backward pass, per row of a batch. */
  readonly activationBytesPerRow: number
  /** Floating point operations of one forward pass, per row. */
  readonly flopsPerRow: number
}

/** Channels of a layer, or units: what some weights make and others take in. Of each all numbers go, or none. */
export interface ChannelGroup {
  /** How many there are. */
  readonly size: number
  readonly uses: readonly ChannelUse[]
}

/** An axis of a weight whose length is a multiple of the group's size: its number k·size + c is channel c's. */
export interface ChannelUse {
  /** As the model names it: `hidden_1/kernel`. */
  readonly weight: string
  /** From the end: −1 is the last. */
  readonly axis: number
  /** Whether the channel comes out of these numbers, rather than goes into them. */
  readonly makes: boolean
}

/** How a family's networks are made narrower by whole channels. */
export interface Channels<Hyperparameters> {
  /** All that may go, in an order that the hyperparameters do not change but for the sizes. */
  groups(shapes: Shapes, hyperparameters: Hyperparameters): readonly ChannelGroup[]
  /** The network with about that share, 0 to 1, of the channels of each group, at least one. */
  narrowed(hyperparameters: Hyperparameters, share: number): Hyperparameters
}

export interface BuildContext<Hyperparameters> {
  readonly tf: TensorFlow
  readonly shapes: Shapes
  readonly hyperparameters: Hyperparameters
  /** Seeds initial weights and dropout; the same seed gives the same weights. */
  readonly seed: number
  /** The global training step, int32 scalar, read at each step by random layers; absent when only serving. */
  readonly step?: () => Scalar
}

/** A model family: one network architecture with its hyperparameters. The file's name is the family's name. */
export interface Family<Schema extends TSchema = TSchema> {
  readonly name: string
  readonly summary: string
  readonly tasks: readonly string[]
  /** The kinds of rows that it takes, the usual one first. */
  readonly rows: readonly RowKind[]
  /** JSON Schema of the hyperparameters, every property with a default and a description. */
  readonly hyperparameters: Schema
  /** What is taken in place of the schema's defaults for data of that size; nothing where it makes no difference. */
  defaultsFor?(data: { readonly rows: number }): Partial<Static<Schema>>
  /** @throws FlywheelError specification-invalid when rows of this shape do not fit the hyperparameters */
  plan(shapes: Shapes, hyperparameters: Static<Schema>): NetworkPlan
  /** Absent where layers can not be made narrower by themselves. */
  readonly channels?: Channels<Static<Schema>>
  /** A tfjs layers model with the inputs of the shapes in their order, whose output is the logits [batch, units], before the head's activation. */
  build(context: BuildContext<Static<Schema>>): LayersModel
}
