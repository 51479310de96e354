import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { RowErrors } from '../row-errors.js'
import { checkPixels, isGreyImage, UnreadableImage } from './decode-image.js'
import { imageComplaint, readImageHeader } from './image-header.js'
import type { ImageParts } from './image-parts.js'
import { inOrder } from './in-order.js'
import type { Picture, PictureSource, Unreadable } from './pictures.js'

/** What is told of a picture that was taken; digest and size are null where the image is missing. */
export interface PictureFacts {
  readonly path: string
  readonly label: string | null
  /** Equal for equal files. */
  readonly digest: string | null
  readonly width: number
  readonly height: number
  readonly isGrey: boolean
}

export interface Taken {
  /** By the pictures' numbers, from 0. */
  readonly facts: readonly PictureFacts[]
  /** Of pictures that could not be read. */
  readonly errors: RowErrors
}

/** Numbers the pictures, so that their other columns find them again. */
export const NUMBER_COLUMN = '(number of the image)'

/**
 * Looks at every picture of a source and decodes it once; writes the good ones to `parts` and their other columns, with
 * their numbers, to `rowsPath`. A few files are in memory at the same time.
 */
export async function takePictures(
  source: PictureSource,
  { parts, rowsPath }: { parts: ImageParts; rowsPath: string },
): Promise<Taken> {
  const facts: PictureFacts[] = []
  const errors = new RowErrors()
  const lines = createWriteStream(rowsPath)
  const failed = once(lines, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => {}) // it is heard where lines are written
  if (source.csv) lines.write(numbered(source, source.csv.header, JSON.stringify(NUMBER_COLUMN)))
  let read = 0
  try {
    for await (const { picture, looked } of inOrder(source.pictures(), look)) {
      read++
      if ('expected' in looked) {
        errors.add(read, { path: picture.path, ...looked })
        continue
      }
      const content = picture.content as Uint8Array | null
      await parts.add(content)
      const line = numbered(source, picture.line, String(facts.length))
      facts.push({ path: picture.path, label: picture.label ?? null, ...looked })
      if (!lines.write(line)) await Promise.race([once(lines, 'drain'), failed])
    }
    lines.end()
    await Promise.race([finished(lines), failed])
  } finally {
    lines.destroy()
  }
  return { facts, errors }
}

/** A line with the picture's number in front. */
function numbered({ csv }: PictureSource, line: string, number: string): string {
  if (csv) return `${number}${csv.delimiter}${line}\n`
  const rest = line.slice(1)
  const comma = rest === '}' ? '' : ','
  return `{${JSON.stringify(NUMBER_COLUMN)}:${number}${comma}${rest}\n`
}

type Looked = Unreadable | Omit<PictureFacts, 'path' | 'label'>

async function look(picture: Picture): Promise<{ picture: Picture; looked: Looked }> {
  return { picture, looked: await lookAt(picture.content) }
}

async function lookAt(content: Picture['content']): Promise<Looked> {
  if (content === null) return { digest: null, width: 0, height: 0, isGrey: true }
  if (!(content instanceof Uint8Array)) return content
  const complaint = imageComplaint(content)
  if (complaint !== null) return complaint
  try {
    await checkPixels(content)
    const { width, height } = readImageHeader(content) as { width: number; height: number }
    const digest = createHash('sha1').update(content).digest('base64')
    return { digest, width, height, isGrey: await isGreyImage(content) }
  } catch (error) {
    if (!(error instanceof UnreadableImage)) throw error
    return { expected: 'a whole image', received: `a damaged one (${error.message.slice(0, 200)})` }
  }
}
