import { createHash } from 'node:crypto'

interface Split {
  /** What tells this split from others: the same key meets different parts elsewhere. */
  readonly name: string
  /** Weight by version number, each above 0. */
  readonly weights: Readonly<Record<string, number>>
}

/**
 * Draws the version that answers a request. With a key the same one each time: weighted rendezvous hashing, in which
 * a change of weights moves keys only to versions that grow or away from versions that shrink, of two versions no more
 * than it must (Schindelhauer and Schomaker, "Weighted distributed hash tables", SPAA 2005: the highest
 * −weight ⁄ ln(hash) wins).
 *
 * @param key undefined: the draw is random
 */
export function drawVersion({ name, weights }: Split, key: string | undefined): number {
  let drawn = Number.NaN
  let highest = Number.NEGATIVE_INFINITY
  for (const [version, weight] of Object.entries(weights)) {
    const uniform = key === undefined ? Math.random() : hashOf(`${name}/${version}/${key}`)
    const score = -weight / Math.log(uniform)
    if (score > highest) {
      highest = score
      drawn = Number(version)
    }
  }
  return drawn
}

const hashBits = 48

/** In (0, 1), evenly. */
const hashOf = (text: string): number =>
  (createHash('sha256')
    .update(text)
    .digest()
    .readUIntBE(0, hashBits / 8) +
    0.5) /
  2 ** hashBits
