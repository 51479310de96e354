import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a client sends: `fw_<id>_<secret>`; the id finds the row, the secret's 256 bits are the proof. */
const TOKEN = /^fw_([0-9a-f]{20})_[A-Za-z0-9_-]{43}$/

/** Makes a new key: the token is shown once, the digest is kept. Ids are in the order of their making. */
export function newKey(): { readonly id: string; readonly token: string; readonly digest: string } {
  const id = `${Date.now().toString(16).padStart(12, '0')}${randomBytes(4).toString('hex')}`
  const token = `fw_${id}_${randomBytes(32).toString('base64url')}`
  return { id, token, digest: digestOf(token) }
}

/** The id within a token, or null when it is none of ours. */
export const idOf = (token: string): string | null => TOKEN.exec(token)?.[1] ?? null

/** sha256, hex: enough for 256 random bits, which no list of passwords holds. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Compares two sha256 digests in constant time. */
export const isSameDigest = (left: string, right: string): boolean =>
  timingSafeEqual(Buffer.from(left, 'hex'), Buffer.from(right, 'hex'))
