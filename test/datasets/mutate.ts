/** Uniform in [0, 1), the same for the same seed (Tommy Ettinger’s mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const strange = [0x00, 0x01, 0x0a, 0x0d, 0x22, 0x2c, 0x3c, 0x3e, 0x5b, 0x7b, 0x7f, 0x80, 0xc3, 0xff]

/** A file with one to six things wrong, most often near its beginning or its end, where formats describe themselves. */
export function mutated(file: Buffer, random: () => number): Buffer {
  const integer = (below: number) => Math.floor(random() * below)
  let bytes = Buffer.from(file)
  for (let left = random() < 0.6 ? 1 : 1 + integer(6); left > 0 && bytes.length > 0; left--) {
    const region = Math.min(bytes.length, 1 + integer(600))
    const side = random()
    const at =
      side < 0.3 ? integer(region) : side < 0.6 ? bytes.length - 1 - integer(region) : integer(bytes.length)
    const length = 1 + integer(random() < 0.2 ? bytes.length / 2 : 12)
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
    switch (integer(7)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << integer(8))
        break
      case 1:
        bytes[at] = strange[integer(strange.length)] as number
        break
      case 2:
        bytes.fill(random() < 0.5 ? 0 : 0xff, at, Math.min(bytes.length, at + length))
        break
      case 3:
        bytes = Buffer.concat([before, after.subarray(length)])
        break
      case 4:
        bytes = Buffer.concat([before, after.subarray(0, length), after])
        break
      case 5:
        bytes = Buffer.concat([before, Buffer.from(Array.from({ length }, () => integer(256))), after])
        break
      default:
        if (random() < 0.3) bytes = Buffer.from(before)
        else for (let n = 0; n < length; n++) bytes[integer(bytes.length)] = integer(256)
    }
  }
  return bytes
}
