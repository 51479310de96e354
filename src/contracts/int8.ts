/** Numbers as 8-bit integers: each is its integer times the scale of its channel. */
export interface Int8Numbers {
  readonly integers: Int8Array
  /** One for each channel, or one for all. */
  readonly scales: Float32Array
}

/** Which channel a number belongs to. */
export interface ChannelLayout {
  /** 1: one scale for all numbers. */
  readonly channels: number
  /** How many numbers of a channel stand in a row: 1 where the last axis holds the channels. */
  readonly run?: number
}

/** Symmetrical: −128 has no counterpart. */
const LARGEST = 127

/**
 * The nearest multiples of scales that hold each channel's largest magnitude. A channel of zeros has the scale 1.
 *
 * @param largest integer that is used: less than 127 where sums of products would not fit
 */
export function toInt8(
  values: Float32Array,
  { largest = LARGEST, ...layout }: ChannelLayout & { readonly largest?: number },
): Int8Numbers {
  const scales = largestMagnitudes(values, layout).map((magnitude) =>
    magnitude === 0 ? 1 : magnitude / largest,
  )
  return { integers: nearestIntegers(values, { scales, ...layout }), scales }
}

function largestMagnitudes(values: Float32Array, { channels, run = 1 }: ChannelLayout): Float32Array {
  const magnitudes = new Float32Array(channels)
  for (let at = 0; at < values.length; at++) {
    const channel = Math.floor(at / run) % channels
    const magnitude = Math.abs(values[at] as number)
    if (magnitude > (magnitudes[channel] as number)) magnitudes[channel] = magnitude
  }
  return magnitudes
}

export function nearestIntegers(
  values: Float32Array,
  { scales, channels, run = 1 }: ChannelLayout & { readonly scales: Float32Array },
): Int8Array {
  const integers = new Int8Array(values.length)
  for (let at = 0; at < values.length; at++) {
    const scaled = (values[at] as number) / (scales[Math.floor(at / run) % channels] as number)
    integers[at] = Math.max(-LARGEST, Math.min(LARGEST, Math.round(scaled)))
  }
  return integers
}

/** @param numbers with the channels in the last axis */
export const fromInt8 = ({ integers, scales }: Int8Numbers): Float32Array =>
  Float32Array.from(integers, (integer, at) => integer * (scales[at % scales.length] as number))
