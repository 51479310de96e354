import type { ColumnType } from '../../contracts/dataset.js'

/** An image of an upload before it was looked at, and what stands beside it. */
export interface Picture {
  /** Where it stands, for messages: a file of an archive, a row of a table. */
  readonly path: string
  /** Its file; null where it is missing; or why it can't be had. */
  readonly content: Uint8Array | Unreadable | null
  /** The other columns: a line in the form of the source, without its end. */
  readonly line: string
  /** Of class folders. */
  readonly label?: string | null
}

/** What is wrong with an image. */
export interface Unreadable {
  readonly expected: string
  readonly received: string
}

/** Where images come from. It may be read once. */
export interface PictureSource {
  /** Of the images. */
  readonly name: string
  /** Another column that names their files, if there is one. */
  readonly fileColumn?: string
  /** How the lines are written where they are CSV, and the line that names their columns; absent: they are NDJSON. */
  readonly csv?: { readonly header: string; readonly delimiter: string }
  /** Types of other columns that are known. */
  readonly types: Readonly<Record<string, ColumnType>>
  pictures(): AsyncGenerator<Picture>
  /** Names of files that are none of the images, so far. */
  readonly passedOver: PassedOver
}

export interface PassedOver {
  /** The first of them. */
  readonly named: string[]
  count: number
  /** Images that a manifest does not name. */
  unnamed: number
}

const NAMED = 5

export const nothingPassedOver = (): PassedOver => ({ named: [], count: 0, unnamed: 0 })

export function passOver(passedOver: PassedOver, name: string): void {
  passedOver.count++
  if (passedOver.named.length < NAMED) passedOver.named.push(name)
}

/** The usual name of the column of images. */
export const IMAGE_COLUMN = 'image'
/** The usual name of the column of their files' names. */
export const FILE_COLUMN = 'file'
