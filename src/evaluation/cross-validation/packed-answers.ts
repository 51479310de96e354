/** What a network answered to some rows of a table. */
export interface Answers {
  /** [rows]: their numbers in the table, from 0. */
  readonly rows: Int32Array
  /** [rows]: class indices, or values in the target's own unit. */
  readonly yTrue: Float64Array
  /** [rows, units], row-major. */
  readonly outputs: Float64Array
}

/** As one block of bytes, little-endian: true values, outputs, row numbers. */
export const packAnswers = ({ rows, yTrue, outputs }: Answers): Buffer =>
  Buffer.concat([yTrue, outputs, rows].map(bytesOf))

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

export function unpackAnswers(bytes: Uint8Array, units: number): Answers {
  const count = bytes.byteLength / (8 + 8 * units + 4)
  // A copy of its own: typed arrays need an offset that is a multiple of 8.
  const { buffer } = Uint8Array.from(bytes)
  return {
    yTrue: new Float64Array(buffer, 0, count),
    outputs: new Float64Array(buffer, 8 * count, count * units),
    rows: new Int32Array(buffer, 8 * count * (1 + units), count),
  }
}
