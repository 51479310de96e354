import type { Digit } from '../../demo/digits.js'

const side = 28
/** Right and down; more would cut strokes off. */
const shifts = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const

/** Each digit as it is and shifted by a pixel, until there are `count` rows. */
export function shiftedDigits(digits: readonly Digit[], count: number): Digit[] {
  return shifts.flatMap((shift) => digits.map((digit) => shifted(digit, shift))).slice(0, count)
}

function shifted({ label, pixels }: Digit, [right, down]: readonly [number, number]): Digit {
  return {
    label,
    pixels: pixels.map((_, i) => {
      const [row, column] = [Math.floor(i / side) - down, (i % side) - right]
      const isInside = row >= 0 && row < side && column >= 0 && column < side
      return isInside ? (pixels[row * side + column] as number) : 0
    }),
  }
}
