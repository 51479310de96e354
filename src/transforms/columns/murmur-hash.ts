const FIRST = 0xcc9e2d51
const SECOND = 0x1b873593

/** MurmurHash3, 32 bits, signed, seed 0 (Appleby, public domain): what scikit-learn's FeatureHasher takes. */
export function murmurHash(bytes: Uint8Array): number {
  let hash = 0
  const whole = bytes.length - (bytes.length % 4)
  for (let at = 0; at < whole; at += 4) {
    hash ^= scrambled(wordAt(bytes, at, 4))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  if (whole < bytes.length) hash ^= scrambled(wordAt(bytes, whole, bytes.length - whole))
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Little-endian. */
function wordAt(bytes: Uint8Array, from: number, count: number): number {
  let word = 0
  for (let at = count - 1; at >= 0; at--) word = (word << 8) | (bytes[from + at] as number)
  return word
}

function scrambled(word: number): number {
  const first = Math.imul(word, FIRST)
  return Math.imul((first << 15) | (first >>> 17), SECOND)
}
