import { imageFormat } from './image-header.js'

/** What systems put into archives by themselves. */
const clutter = /(^|\/)(__MACOSX|\.[^/]*|Thumbs\.db|desktop\.ini)(\/|$)/i

export const isClutter = (name: string): boolean => clutter.test(name)

/** Files that may stand beside images and are none: a licence, a description. */
const besides = /(^|\/)([^./]+|[^/]+\.(txt|md|rst|html?|pdf|csv|tsv|json|jsonl|ndjson|xml|ya?ml))$/i

/** Whether a file is no image by its name. */
export const isBesideName = (name: string): boolean => besides.test(name)

/** Whether a file is passed over: it is no image, and does not pretend to be one. */
export const isBeside = (name: string, bytes: Uint8Array): boolean =>
  imageFormat(bytes) === null && isBesideName(name)

/** The class of a file in class folders: the name of the folder that it lies in; null outside of folders. */
export const folderLabel = (name: string): string | null => name.split('/').at(-2) ?? null
