import type { NetworkPlan } from '../../contracts/family.js'

/** What a layer costs. */
export interface LayerCost {
  /** Elements of its output, per row. */
  readonly outputs: number
  readonly parameters?: number
  /** Of the forward pass, per row; passes over the output alone are not counted. */
  readonly flops?: number
}

/** An image between two layers. */
export interface Image {
  readonly height: number
  readonly width: number
  readonly channels: number
}

export interface Convolution {
  readonly filters: number
  readonly kernelSize: number
  readonly strides?: number
  readonly padding?: 'same' | 'valid'
  readonly useBias?: boolean
}

/** The cost of a network: the sum of its layers'. */
export function planOf(costs: readonly LayerCost[]): NetworkPlan {
  const sum = (of: (cost: LayerCost) => number | undefined): number =>
    costs.reduce((total, cost) => total + (of(cost) ?? 0), 0)
  return {
    parameters: sum(({ parameters }) => parameters),
    activationBytesPerRow: 4 * sum(({ outputs }) => outputs), // float32
    flopsPerRow: sum(({ flops }) => flops),
  }
}

export const elements = ({ height, width, channels }: Image): number => height * width * channels

/** A convolution's output, whose sides may be 0 or less when the kernel does not fit. */
export function convolved(image: Image, convolution: Convolution): Image {
  const { filters, kernelSize, strides = 1, padding = 'same' } = convolution
  const side = (size: number): number =>
    Math.ceil((padding === 'same' ? size : size - kernelSize + 1) / strides)
  return { height: side(image.height), width: side(image.width), channels: filters }
}

export function convolutionCost(image: Image, convolution: Convolution): LayerCost {
  const { filters, kernelSize, useBias = true } = convolution
  const outputs = elements(convolved(image, convolution))
  const weights = kernelSize ** 2 * image.channels // of one output element
  return {
    outputs,
    parameters: weights * filters + (useBias ? filters : 0),
    flops: 2 * weights * outputs,
  }
}

export const denseCost = (inputs: number, units: number): LayerCost => ({
  outputs: units,
  parameters: (inputs + 1) * units,
  flops: 2 * inputs * units,
})

/** Scale, shift and two averages for each channel. */
export const batchNormalizationCost = (image: Image): LayerCost => ({
  outputs: elements(image),
  parameters: 4 * image.channels,
})
