import { median } from '../statistics.js'

/** A ratio of medians over the rounds: of each round, since the machine's load changes between rounds. */
export const ratioOf = (own: readonly number[], other: readonly number[]): number =>
  median(own.map((value, i) => value / (other[i] as number)))

export const atLeast = (value: number, bar: number): string =>
  `≥ ${bar} | ${value.toFixed(2)} | ${value >= bar ? 'met' : `**missed**, by ${percent(1 - value / bar)}`}`

export const atMost = (value: number, bar: number, format = (each: number) => each.toFixed(2)): string =>
  `≤ ${format(bar)} | ${format(value)} | ${value <= bar ? 'met' : `**missed**, by ${percent(value / bar - 1)}`}`

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

export const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
