import { thumbnailOf } from './decode-image.js'
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

const asDataUrl = (png: Buffer): string => `data:image/png;base64,${png.toString('base64')}`
