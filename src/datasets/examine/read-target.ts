import {
  type DatasetColumn,
  type DatasetSnapshot,
  kindOfType,
  type TargetExamination,
  type TargetQuestion,
} from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import { columnId, parquetFiles, withDuckDb } from '../duckdb.js'
import { isNumericType } from '../read-table.js'
import type { SampleColumn } from './leakage.js'
import { examineTarget } from './target.js'

/** A difference of a hundredth is seen in so many rows. */
const SAMPLE_ROWS = 20_000
const SAMPLE_CELLS = 4_000_000
const LEAST_ROWS = 1_000
/** Neighbouring rows that are taken together: a reader skips what lies between. */
const RUN_ROWS = 256
/** Columns in one query. */
const BATCH = 500
/** More values are no classes; the task refuses them. */
const MAX_CLASSES = 100_000

const termOf = (column: DatasetColumn, id: string): string =>
  isNumericType(column) && column.type !== 'boolean' ? `${id}::double` : id

/** Reads what a job should know about its target: all of the target’s values, and some rows of all columns. */
export async function readTarget(
  {
    snapshot,
    path,
    spillFolder,
  }: { snapshot: DatasetSnapshot; path: (sha256: string) => string; spillFolder: string },
  question: TargetQuestion,
): Promise<TargetExamination> {
  const { rows, columns } = snapshot
  const paths = snapshot.parts.map(({ sha256 }) => path(sha256))
  const from = parquetFiles(paths)
  const wanted = Math.max(LEAST_ROWS, Math.min(SAMPLE_ROWS, Math.floor(SAMPLE_CELLS / columns.length)))
  const step = Math.ceil(rows / wanted)
  const sampled =
    step === 1
      ? from
      : `${parquetFiles(paths, { hasRowNumbers: true })} where file_row_number // ${RUN_ROWS} % ${step} = 0`
  return withDuckDb({ spillFolder, threads: 2 }, async (connection) => {
    const sample: SampleColumn[] = []
    // Images and vectors are not looked at: they would fill the memory, and a network is what tells them apart.
    const terms = columns
      .map((column, at) => ({ column, term: termOf(column, columnId(at)) }))
      .filter(({ column }) => ['numeric', 'text'].includes(kindOfType(column.type)))
    for (let start = 0; start < terms.length; start += BATCH) {
      const batch = terms.slice(start, start + BATCH)
      const list = batch.map(({ term }) => term).join(', ')
      const reader = await connection.runAndReadAll(`select ${list} from ${sampled} limit ${2 * wanted}`)
      const values = reader.getColumns() as SampleColumn['values'][]
      sample.push(...batch.map(({ column }, at) => ({ name: column.name, values: values[at] ?? [] })))
    }
    return examineTarget(question, { counts: await countsOf(question), sample })

    async function countsOf({ target, kind }: TargetQuestion) {
      if (kind === 'regression') return null
      const index = columns.findIndex(({ name }) => name === target)
      const id = columnId(index)
      const column = columns[index]
      if (column === undefined) throw new FlywheelError('dataset-invalid', `There is no column ${target}`)
      const reader = await connection.runAndReadAll(
        `select ${termOf(column, id)}, count(*) from ${from} ` +
          `where ${id} is not null group by ${id} limit ${MAX_CLASSES}`,
      )
      return new Map(reader.getRows().map(([value, number]) => [String(value), Number(number)]))
    }
  })
}
