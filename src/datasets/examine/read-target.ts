import type { DatasetSnapshot, TargetExamination, TargetQuestion } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import { columnId, parquetFiles, withDuckDb } from '../duckdb.js'
import { sampleRows, valueTerm } from '../sample-rows.js'
import { examineTarget } from './target.js'

/** A difference of a hundredth is seen in so many rows. */
const SAMPLE_ROWS = 20_000
const SAMPLE_CELLS = 4_000_000
const LEAST_ROWS = 1_000
/** More values are no classes; the task refuses them. */
const MAX_CLASSES = 100_000

/** Reads what a job should know about its target: all of the target’s values, and some rows of all columns. */
export async function readTarget(
  {
    snapshot,
    path,
    spillFolder,
  }: { snapshot: DatasetSnapshot; path: (sha256: string) => string; spillFolder: string },
  question: TargetQuestion,
): Promise<TargetExamination> {
  const { columns } = snapshot
  const rows = Math.max(LEAST_ROWS, Math.min(SAMPLE_ROWS, Math.floor(SAMPLE_CELLS / columns.length)))
  const all = columns.map((_, index) => index)
  return withDuckDb({ spillFolder, threads: 2 }, async (connection) => {
    const sample = await sampleRows(connection, { snapshot, path, columns: all, rows })
    return examineTarget(question, { counts: await countsOf(question), sample })

    async function countsOf({ target, kind }: TargetQuestion) {
      if (kind === 'regression') return null
      const index = columns.findIndex(({ name }) => name === target)
      const column = columns[index]
      if (column === undefined) throw new FlywheelError('dataset-invalid', `There is no column ${target}`)
      const id = columnId(index)
      const from = parquetFiles(snapshot.parts.map(({ sha256 }) => path(sha256)))
      const reader = await connection.runAndReadAll(
        `select ${valueTerm(column, id)}, count(*) from ${from} ` +
          `where ${id} is not null group by ${id} limit ${MAX_CLASSES}`,
      )
      return new Map(reader.getRows().map(([value, number]) => [String(value), Number(number)]))
    }
  })
}
