import { encodePixels, thumbnailOf } from './decode-image.js'
import { inOrder } from './in-order.js'

/** Pixels; smaller images stay as they are. */
const SIDE = 128

/** Small PNGs of images as data URLs, null where there is none. */
export async function thumbnails(files: readonly (Uint8Array | null)[]): Promise<(string | null)[]> {
  const shown: (string | null)[] = []
  const made = inOrder(files, async (file) =>
    file === null ? null : asDataUrl(await thumbnailOf(file, SIDE)),
  )
  for await (const url of made) shown.push(url)
  return shown
}

/**
 * Blocks of numbers [height, width, channels] as small PNGs in data URLs, the smallest number black and the largest
 * white, but for numbers from 0 to 1, which stand for 0 to 255. Null for blocks with missing numbers and for others than
 * images.
 */
export async function pixelThumbnails(
  values: Float32Array,
  shape: readonly number[],
): Promise<(string | null)[]> {
  const [height = 0, width = 0, channels = 0] = shape
  const size = height * width * channels
  const blocks = Array.from({ length: values.length / size }, (_, row) =>
    values.subarray(row * size, (row + 1) * size),
  )
  const [low, high] = rangeOf(values)
  const made = inOrder(blocks, async (block) => {
    if ((channels !== 1 && channels !== 3) || block.some(Number.isNaN)) return null
    const data = Uint8Array.from(block, (value) => Math.round((255 * (value - low)) / (high - low)))
    return asDataUrl(await thumbnailOf(await encodePixels({ width, height, channels, data }), SIDE))
  })
  const shown: (string | null)[] = []
  for await (const url of made) shown.push(url)
  return shown
}

function rangeOf(values: Float32Array): [low: number, high: number] {
  let [low, high] = [0, 1]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

const asDataUrl = (png: Buffer): string => `data:image/png;base64,${png.toString('base64')}`
