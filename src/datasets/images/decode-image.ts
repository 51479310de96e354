import type { Sharp, SharpConstructor } from 'sharp'
import { MAX_PIXELS } from './image-header.js'

/** What decoded images look like. */
export interface ImageForm {
  readonly width: number
  readonly height: number
  /** 1: grey; 3: red, green, blue. */
  readonly channels: 1 | 3
  /** How an image of another shape fills the size: cut at its edges, with black beside it, or stretched. */
  readonly fit: 'cover' | 'contain' | 'fill'
  /** Share of width and height that is kept, in the middle, of what would fill the size. */
  readonly crop: number
}

/** A file that begins as an image does and can not be decoded. */
export class UnreadableImage extends Error {}

/**
 * Decodes an image, upright as its EXIF orientation says, transparent parts on white.
 *
 * @returns [height, width, channels], 0 to 255; of an animation the first picture
 * @throws UnreadableImage when it is damaged or too large
 */
export async function decodeImage(bytes: Uint8Array, form: ImageForm): Promise<Uint8Array> {
  const { channels } = form
  const image = resized(await openImage(bytes), form)
  const decoded = await pixelsOf(channels === 1 ? image.greyscale() : image.toColourspace('srgb'))
  const { info, data } = decoded
  if (info.channels === channels) return data
  throw new UnreadableImage(`${info.channels} channels in place of ${channels}`)
}

function resized(image: Sharp, { width, height, fit, crop }: ImageForm): Sharp {
  const [wide, high] = [Math.round(width / crop), Math.round(height / crop)]
  const whole = image.resize(wide, high, { fit, background: '#000' })
  if (wide === width && high === height) return whole
  const [left, top] = [Math.floor((wide - width) / 2), Math.floor((high - height) / 2)]
  return whole.extract({ left, top, width, height })
}

/**
 * Decodes every pixel and keeps none: what passes here can be trained on.
 *
 * @throws UnreadableImage
 */
export async function checkPixels(bytes: Uint8Array): Promise<void> {
  // Made small, all pixels are read and few rows of them are in memory.
  await pixelsOf((await openImage(bytes)).resize(8, 8, { fit: 'fill' }))
}

/** An image that is not encoded: [height, width, channels], 0 to 255. */
export interface Pixels extends Pick<ImageForm, 'width' | 'height' | 'channels'> {
  readonly data: Uint8Array
}

/** As a PNG file, which keeps every pixel. */
export async function encodePixels({ data, ...raw }: Pixels): Promise<Uint8Array> {
  const sharp = await loadSharp()
  const image = sharp(data, { raw })
  return (raw.channels === 1 ? image.toColourspace('b-w') : image).png().toBuffer()
}

/** Whether a picture has no colours by its format: what is stored as colours counts as colours. @throws UnreadableImage */
export async function isGreyImage(bytes: Uint8Array): Promise<boolean> {
  const image = await openImage(bytes)
  try {
    const { space } = await image.metadata()
    return space === 'b-w' || space === 'grey16'
  } catch (error) {
    throw new UnreadableImage((error as Error).message, { cause: error })
  }
}

/** A small PNG of an image, to look at. @returns at most `side` pixels wide and high @throws UnreadableImage */
export async function thumbnailOf(bytes: Uint8Array, side: number): Promise<Buffer> {
  const image = (await openImage(bytes)).resize(side, side, { fit: 'inside', withoutEnlargement: true })
  try {
    return await image.png().toBuffer()
  } catch (error) {
    throw new UnreadableImage((error as Error).message, { cause: error })
  }
}

async function pixelsOf(image: Sharp) {
  try {
    return await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  } catch (error) {
    throw new UnreadableImage((error as Error).message, { cause: error })
  }
}

async function loadSharp(): Promise<SharpConstructor> {
  const { default: sharp } = await import('sharp')
  sharp.cache(false) // each image is decoded once
  sharp.concurrency(1) // several images are decoded at the same time
  return sharp
}

async function openImage(bytes: Uint8Array): Promise<Sharp> {
  const sharp = await loadSharp()
  return sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS })
    .autoOrient()
    .flatten({ background: '#fff' })
}
