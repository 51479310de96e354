import type { BodyForm, Values } from './bodies.js'
import type { LoadClient } from './client.js'
import type { Loaded } from './load.js'
import type { BenchService } from './service.js'

/** What the rows of the benchmark share. */
export interface Bench extends BenchService {
  readonly client: LoadClient
  readonly rounds: number
  /** Length of one measurement. */
  readonly seconds: number
  /** With the exported network, for the peers. */
  readonly folder: string
}

/** A part of the benchmark, with a section of its own on the page. */
export interface ServingRow {
  /** By which it is picked on the command line. */
  readonly name: string
  readonly title: string
  /** Gives the section's text. */
  measure(bench: Bench): Promise<string>
}

/** So much is sent before a measurement, of the same. */
const warmUpSeconds = 0.5

/** Sends the same for a while, then measures. */
export async function measured(
  { client, seconds }: Pick<Bench, 'client' | 'seconds'>,
  order: { url: string; form: BodyForm; rows: number; values?: Values; clients: number },
): Promise<Loaded> {
  const { clients, ...what } = order
  const load = { clients }
  await client.run({ ...what, load, seconds: warmUpSeconds })
  const result = await client.run({ ...what, load, seconds })
  if (result.failed > 0) {
    throw new Error(
      `${order.url}: ${result.failed} of ${result.answered} failed, the first with ${result.failure}`,
    )
  }
  return result
}
