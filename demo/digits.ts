import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** One drawing: 784 grey values of 0 to 255, row by row, and the digit that it shows. */
export interface Digit {
  readonly label: number
  readonly pixels: readonly number[]
}

const pixelsPerDigit = 28 * 28

/** The 10,000 digits of the `mnist` package, shuffled by a fixed seed. */
export async function readDigits(): Promise<Digit[]> {
  const resolve = createRequire(import.meta.url).resolve
  const byLabel = await Promise.all(
    Array.from({ length: 10 }, async (_, label) => {
      const file = await readFile(resolve(`mnist/src/digits/${label}.json`), 'utf8')
      return split((JSON.parse(file) as { data: number[] }).data, label)
    }),
  )
  return shuffle(byLabel.flat(), 7)
}

/** The package stores grey values as 0 to 1, rounded to three places. */
function split(values: readonly number[], label: number): Digit[] {
  return Array.from({ length: Math.floor(values.length / pixelsPerDigit) }, (_, i) => ({
    label,
    pixels: values
      .slice(i * pixelsPerDigit, (i + 1) * pixelsPerDigit)
      .map((value) => Math.round(value * 255)),
  }))
}

/** Fisher–Yates, driven by a linear congruential generator (Numerical Recipes), so that each run is the same. */
function shuffle<T>(items: T[], seed: number): T[] {
  let state = seed
  for (let i = items.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const j = state % (i + 1)
    const held = items[i] as T
    items[i] = items[j] as T
    items[j] = held
  }
  return items
}

/** The columns label, p0 … p783 as CSV, header included. */
export function toCsv(digits: readonly Digit[]): string {
  const header = ['label', ...Array.from({ length: pixelsPerDigit }, (_, i) => `p${i}`)].join(',')
  return `${[header, ...digits.map(({ label, pixels }) => `${label},${pixels.join(',')}`)].join('\n')}\n`
}

/** One row as predict takes it. */
export const toInstance = ({ pixels }: Digit): Record<string, number> =>
  Object.fromEntries(pixels.map((value, i) => [`p${i}`, value]))
