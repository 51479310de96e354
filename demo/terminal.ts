import type { Digit } from './digits.js'

const bold = (text: string): string => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text)

export const print = (text = ''): void => void process.stdout.write(`${text}\n`)
export const heading = (text: string): void => print(`\n${bold(text)}`)

/** A bar that redraws itself on a terminal, and prints one line per tenth elsewhere. */
export function progressBar(): (done: number, note: string) => void {
  let lastTenth = -1
  return (done, note) => {
    const share = Math.min(1, Math.max(0, done))
    const line = `  ${'█'.repeat(Math.round(share * 30)).padEnd(30, '░')} ${(share * 100).toFixed(0).padStart(3)} %  ${note}`
    if (process.stdout.isTTY) process.stdout.write(`\r${line}\x1b[K${share === 1 ? '\n' : ''}`)
    else if (Math.floor(share * 10) > lastTenth) print(line)
    lastTenth = Math.max(lastTenth, Math.floor(share * 10))
  }
}

/** Rows are what was right, columns what was predicted. */
export function confusionMatrix(classes: readonly unknown[], matrix: readonly (readonly number[])[]): string {
  const cell = (value: unknown): string => String(value).padStart(5)
  const head = `      ${classes.map(cell).join('')}   ← predicted`
  const rows = matrix.map(
    (row, i) => `${cell(classes[i])} ${row.map((count) => cell(count || '·')).join('')}`,
  )
  return [head, ...rows].join('\n')
}

/** Several drawings side by side, two rows of pixels to a line of text. */
export function drawDigits(digits: readonly Digit[]): string {
  const line = (digit: Digit, y: number): string =>
    Array.from({ length: 28 }, (_, x) => {
      const upper = (digit.pixels[y * 28 + x] ?? 0) > 100
      const lower = (digit.pixels[(y + 1) * 28 + x] ?? 0) > 100
      return upper ? (lower ? '█' : '▀') : lower ? '▄' : ' '
    }).join('')
  return Array.from({ length: 12 }, (_, i) => digits.map((digit) => line(digit, 2 + i * 2)).join('  ')).join(
    '\n',
  )
}
