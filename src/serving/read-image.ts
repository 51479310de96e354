import { shown } from '../contracts/errors.js'
import { imageComplaint } from '../datasets/images/image-header.js'

/** What is wrong with a value that should be an image. */
export interface Complaint {
  readonly expected: string
  readonly received: string
}

const base64 = 'an image as base64, or null'
/** RFC 2397; what kind of image it is says its content. */
const dataUrl = /^data:[a-z0-9.+/-]{0,100};base64,/i

/**
 * An image as it stands in an instance: its file as base64 (RFC 4648, section 4; padding may be missing), bare or in a data
 * URL. The file's header is read, its pixels are not.
 *
 * @returns the file; null for a missing value
 */
export function readImage(value: unknown): Uint8Array | Complaint | null {
  if (value === null) return null
  if (typeof value !== 'string') return { expected: base64, received: shown(value) }
  const text = value.slice(dataUrl.exec(value.slice(0, 128))?.[0].length ?? 0)
  // Node passes over what is no base64: whoever sends it means something else.
  if (text === '' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return { expected: base64, received: shown(value.slice(0, 100)) }
  }
  const bytes = Buffer.from(text, 'base64')
  return imageComplaint(bytes) ?? bytes
}
