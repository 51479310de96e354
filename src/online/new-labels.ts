import { FlywheelError } from '../contracts/errors.js'
import type { Table, TextColumn } from '../contracts/table.js'
import type { FeedbackLine } from '../registry/feedback.js'
import { type RowBatch, toTable } from '../serving/row-batch.js'
import type { Servable } from '../serving/servable.js'
import { prepareChain } from '../transforms/chain/apply-chain.js'
import type { Transforms } from '../transforms/chain/catalogue.js'

/** Labels that an update can use, as rows in the champion's columns. */
export interface NewLabels {
  /** The features, then the target as text. */
  readonly table: Table
  /** Labels that do not fit the champion: other columns, no class of it, or values that its transforms can not take. */
  readonly skipped: number
}

/**
 * Reads a snapshot of feedback against the version that is to learn from it. Labels were checked when they came,
 * against the champion of that time: what no longer fits is left out.
 */
export async function readNewLabels(
  ndjson: Buffer,
  { reader, task, manifest }: Servable,
  transforms: Transforms,
): Promise<NewLabels> {
  const preprocess = prepareChain(manifest, transforms)
  const batches: RowBatch[] = []
  const dictionary: string[] = []
  let skipped = 0
  for (const { features, label } of linesOf(ndjson)) {
    const text = String(label)
    const rows = isLabel(text) ? await rowsOf(features) : null
    if (rows === null) {
      skipped += 1
      continue
    }
    batches.push(rows)
    dictionary.push(text)
  }
  const { rows, columns } = toTable(batches, reader.layout)
  return { table: { rows, columns: [...columns, targetColumn(manifest.target, dictionary)] }, skipped }

  function isLabel(text: string): boolean {
    return Number.isFinite(task.encode(targetColumn(manifest.target, [text]), manifest.task.state)[0])
  }

  async function rowsOf(features: FeedbackLine['features']): Promise<RowBatch | null> {
    try {
      const rows = reader.read([features])
      await preprocess(toTable([rows], reader.layout))
      return rows
    } catch (error) {
      if (error instanceof FlywheelError) return null
      throw error
    }
  }
}

const targetColumn = (name: string, dictionary: readonly string[]): TextColumn => ({
  kind: 'text',
  name,
  codes: Int32Array.from(dictionary, (_, index) => index),
  dictionary,
})

function* linesOf(ndjson: Buffer): Generator<FeedbackLine> {
  for (let start = 0; start < ndjson.length; ) {
    const end = ndjson.indexOf(0x0a, start)
    const line = ndjson.toString('utf8', start, end === -1 ? ndjson.length : end)
    start = end === -1 ? ndjson.length : end + 1
    if (line !== '') yield JSON.parse(line) as FeedbackLine
  }
}
