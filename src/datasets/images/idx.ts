import { type FileHandle, open } from 'node:fs/promises'
import { FlywheelError } from '../../contracts/errors.js'
import { encodePixels, type Pixels } from './decode-image.js'
import { MAX_PIXELS } from './image-header.js'
import { inOrder } from './in-order.js'
import { FILE_COLUMN, IMAGE_COLUMN, nothingPassedOver, type PictureSource } from './pictures.js'

/** A file of unsigned bytes as the MNIST database has them (LeCun, "The IDX file format"). */
export interface IdxFile {
  readonly path: string
  /** What users call it. */
  readonly name: string
  /** Rows first. */
  readonly shape: readonly number[]
}

/** Images [rows, height, width] or [rows, height, width, channels], and the labels [rows] of the same rows. */
export interface IdxPair {
  readonly images: IdxFile
  readonly labels: IdxFile
}

/** Images that are read at once. */
const ROWS_AT_ONCE = 256

/** @throws FlywheelError dataset-invalid when it is none, or another size than its header says */
export async function openIdx(path: string, name: string): Promise<IdxFile> {
  const file = await open(path)
  try {
    const head = await readAt(file, 0, 4)
    const rank = head[3] ?? 0
    if (
      head.length < 4 ||
      head.readUInt16BE(0) !== 0 ||
      head[2] !== UNSIGNED_BYTES ||
      rank === 0 ||
      rank > 4
    ) {
      throw unusable(`${name} is no IDX file of unsigned bytes with 1, 3 or 4 dimensions`)
    }
    const sizes = await readAt(file, 4, 4 * rank)
    if (sizes.length < 4 * rank) throw unusable(`${name} ends within its header`)
    const shape = Array.from({ length: rank }, (_, at) => sizes.readUInt32BE(4 * at))
    const expected = 4 + 4 * rank + shape.reduce((product, size) => product * size, 1)
    const { size } = await file.stat()
    if (size !== expected) {
      throw unusable(`${name} has ${size} bytes, and its header (${shape.join('×')}) asks for ${expected}`)
    }
    return { path, name, shape }
  } finally {
    await file.close()
  }
}

const UNSIGNED_BYTES = 8

/**
 * Images and labels that belong together: of as many rows, and, where several are of as many, by their names
 * ("train-images…" and "train-labels…").
 *
 * @throws FlywheelError dataset-invalid for images without labels, and for images of another form
 */
export function pairIdx(files: readonly IdxFile[]): IdxPair[] {
  const images = files.filter(({ shape }) => shape.length > 2)
  const labels = files.filter(({ shape }) => shape.length === 1)
  if (images.length === 0) throw unusable(`${namesOf(files)}: there are no images beside the labels`)
  return images.map((image) => {
    checkForm(image)
    const fitting = labels.filter(({ shape }) => shape[0] === image.shape[0])
    const named = fitting.filter(({ name }) => stem(name) === stem(image.name))
    const label = fitting.length === 1 ? fitting[0] : named[0]
    if (label !== undefined) return { images: image, labels: label }
    throw unusable(
      `There are no labels for the ${image.shape[0]} images of ${image.name}`,
      undefined,
      'Send the labels’ IDX file too: both in one zip or tar, or in a form as file and labels',
    )
  })
}

/** What a name says beside "images" and "labels". */
const stem = (name: string): string => name.replace(/(images|labels)[-.]idx\d/i, '').replace(/\.gz$/i, '')

function checkForm({ name, shape }: IdxFile): void {
  const [, height = 0, width = 0, channels = 1] = shape
  const isImage =
    height > 0 && width > 0 && height * width <= MAX_PIXELS && (channels === 1 || channels === 3)
  if (!isImage) throw unusable(`${name} holds ${shape.join('×')}: no images of 1 or 3 channels`)
}

const namesOf = (files: readonly IdxFile[]): string => files.map(({ name }) => name).join(', ')

/** The images as PNG files, each with its label and where it stands. */
export function idxImages(pairs: readonly IdxPair[]): PictureSource {
  return {
    name: IMAGE_COLUMN,
    fileColumn: FILE_COLUMN,
    types: { label: 'category', [FILE_COLUMN]: 'text' },
    passedOver: nothingPassedOver(),
    async *pictures() {
      for (const pair of pairs) {
        yield* inOrder(rowsOf(pair), async ({ pixels, label, row }) => {
          const file = `${pair.images.name}#${row + 1}`
          const line = JSON.stringify({ label: String(label), [FILE_COLUMN]: file })
          return { path: file, content: await encodePixels(pixels), line, label: String(label) }
        })
      }
    },
  }
}

async function* rowsOf({ images, labels }: IdxPair): AsyncGenerator<{
  pixels: Pixels
  label: number
  row: number
}> {
  const [rows = 0, height = 0, width = 0, channels = 1] = images.shape
  const size = height * width * channels
  const files = await Promise.all([open(images.path), open(labels.path)])
  const [imageFile, labelFile] = files
  try {
    for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - from)
      const pixels = await readAt(imageFile, headerBytes(images) + from * size, count * size)
      const numbers = await readAt(labelFile, headerBytes(labels) + from, count)
      for (let at = 0; at < count; at++) {
        const data = pixels.subarray(at * size, (at + 1) * size)
        const form = { width, height, channels: channels as 1 | 3 }
        yield { pixels: { ...form, data }, label: numbers[at] as number, row: from + at }
      }
    }
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}

const headerBytes = ({ shape }: IdxFile): number => 4 + 4 * shape.length

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

const unusable = (
  detail: string,
  cause?: unknown,
  remedy = 'Send the IDX files of images and labels as they come, gzipped or not, in one zip or tar',
): FlywheelError => new FlywheelError('dataset-invalid', detail, { cause, remedy })
