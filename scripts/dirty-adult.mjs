import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/*
 * node scripts/dirty-adult.mjs adult.csv.gz dirty.csv
 *
 * Makes the census data dirty in seven ways, always the same: words for missing values, blank cells, labels in several
 * spellings, duplicate rows, spaces around categories, a row number and a constant, and a copy of the target.
 */
const SEED = 20260101
const MISSING = 0.03
const BLANK = 0.02
/** Of the labels, for each of two other spellings. */
const MISSPELT = 0.1
const DUPLICATED = 0.01
const SPACED = 0.2

/**
 * @param {string} text the clean CSV, whose last column is the target
 * @returns {{ csv: string, labels: string[] }} the dirty CSV, and the clean label of each of its rows
 */
export function dirtyAdult(text) {
  const random = mulberry32(SEED)
  const chance = (share) => random() < share
  const [head, ...lines] = text.trim().split(/\r?\n/)
  const rows = []
  for (const [index, line] of lines.entries()) {
    const cells = line.split(',')
    const label = cells.at(-1)
    const features = [String(index + 1), ...cells.slice(0, -1), 'census', label].map(spaced)
    const row = { label, cells: [...features, misspelt(label)].map(gap).join(',') }
    rows.push(row)
    if (chance(DUPLICATED)) rows.push(row)
  }
  const names = head.split(',')
  const header = ['row_number', ...names.slice(0, -1), 'source', 'copy', names.at(-1)].join(',')
  return {
    csv: `${[header, ...rows.map(({ cells }) => cells)].join('\n')}\n`,
    labels: rows.map(({ label }) => label),
  }

  function gap(cell) {
    const at = random()
    if (at < MISSING) return ' ?'
    if (at < MISSING + BLANK) return chance(0.5) ? '' : '  '
    return cell
  }

  function spaced(cell) {
    return Number.isNaN(Number(cell)) && chance(SPACED) ? ` ${cell} ` : cell
  }

  function misspelt(label) {
    const at = random()
    if (at < MISSPELT) return ` ${label}.`
    return at < 2 * MISSPELT ? label.toLowerCase() : label
  }
}

/** Numbers in [0, 1) from a 32-bit state (Tommy Ettinger, public domain). */
function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [input, output] = process.argv.slice(2)
  const bytes = readFileSync(input)
  const { csv } = dirtyAdult((input.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
  writeFileSync(output, csv)
}
