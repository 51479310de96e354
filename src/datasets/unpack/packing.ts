/** What can stand around a file of any format. */
export type Packing = 'gzip' | 'zstd'

/** RFC 1952 with the only method there is, RFC 8878. */
const magics: readonly (readonly [packing: Packing, bytes: Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
]

/** How a file is packed, by its first bytes; null when it is not. */
export const packingOf = (head: Buffer): Packing | null =>
  magics.find(([, bytes]) => head.subarray(0, bytes.length).equals(bytes))?.[0] ?? null
