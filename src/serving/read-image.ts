import { shown } from '../contracts/errors.js'
import { imageComplaint } from '../datasets/images/image-header.js'

/** What is wrong with a value that should be an image. */
export interface Complaint {
  readonly expected: string
  readonly received: string
}

const base64 = 'an image as base64, or null'

/**
 * An image as it stands in an instance: its file as base64 (RFC 4648, section 4; padding may be missing), without a prefix.
 * The file's header is read, its pixels are not.
 *
 * @returns the file; null for a missing value
 */
export function readImage(value: unknown): Uint8Array | Complaint | null {
  if (value === null) return null
  if (typeof value !== 'string') return { expected: base64, received: shown(value) }
  const bytes = Buffer.from(value, 'base64')
  // Node passes over what is no base64: whoever sends it means something else.
  const digits = value.endsWith('==')
    ? value.length - 2
    : value.endsWith('=')
      ? value.length - 1
      : value.length
  if (bytes.length !== Math.floor((digits * 3) / 4) || value === '' || !isBase64(value)) {
    return { expected: base64, received: shown(value) }
  }
  return imageComplaint(bytes) ?? bytes
}

const isBase64 = (value: string): boolean => /^[A-Za-z0-9+/]*={0,2}$/.test(value)
