import type { RowError } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import type { Ingested } from '../contracts/reader.js'

/**
 * Names rows of a file by what they are to its sender, a file of an archive for one, in whatever is wrong with them.
 *
 * @param nameOf the row by its number from 1; undefined where it has no name
 */
export async function withRowNames(
  ingest: () => Promise<Ingested>,
  nameOf: (row: number) => string | undefined,
): Promise<Ingested> {
  const named = ({ line: _, ...error }: RowError): RowError => ({
    ...error,
    path: error.path.replace(/^row (\d+)/, (path, row) => nameOf(Number(row)) ?? path),
  })
  try {
    const ingested = await ingest()
    const { report } = ingested
    return { ...ingested, report: { ...report, errors: report.errors.map(named) } }
  } catch (error) {
    if (!(error instanceof FlywheelError) || error.code !== 'dataset-rows-invalid') throw error
    const { code, message, remedy, errors } = error
    throw new FlywheelError(code, message, { remedy, errors: errors.map(named), cause: error })
  }
}
