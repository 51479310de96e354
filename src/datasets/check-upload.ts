import type { ColumnType, DatasetColumn, Finding } from '../contracts/dataset.js'
import { FlywheelError, shown } from '../contracts/errors.js'
import type { IngestRequest } from '../contracts/reader.js'
import { checkGivenTypes, type GivenType } from './infer-types.js'
import { LIMITS } from './limits.js'
import type { RowErrors } from './row-errors.js'
import type { CheckedRows } from './write-part.js'

/** An upload whose every cell was looked at. */
export interface CheckedUpload {
  readonly names: readonly string[]
  /** What was stored. */
  readonly checked: CheckedRows
  readonly errors: Pick<RowErrors, 'rows' | 'listed'>
  readonly rowsRead: number
  /** What is remarkable about the file itself. */
  readonly findings: readonly Finding[]
}

/**
 * The types that are not to be inferred; those of the dataset when rows are appended.
 *
 * @throws FlywheelError dataset-invalid for types of columns that are not there, and for columns that the dataset does
 *   not have
 */
export function givenTypes(
  { types, appendTo }: Pick<IngestRequest, 'types' | 'appendTo'>,
  names: readonly string[],
): Map<string, GivenType> {
  if (appendTo) {
    refuseImages(appendTo.columns)
    const known = new Map(appendTo.columns.map(({ name, type }) => [name, widenable(type)]))
    refuseUnknown(names, known)
    return known
  }
  const given = new Map(Object.entries(types))
  checkGivenTypes(given, names)
  return given
}

/** Rows of text hold no images. */
function refuseImages(columns: readonly DatasetColumn[]): void {
  const image = columns.find(({ type }) => type === 'image')
  if (image === undefined) return
  throw new FlywheelError('dataset-invalid', `Rows can not be appended to images (${image.name})`, {
    remedy: 'Append images as they are uploaded: as a zip or tar with class folders or a manifest, for one',
  })
}

const widenable = (type: ColumnType): GivenType => (type === 'integer' ? 'integer-or-number' : type)

function refuseUnknown(names: readonly string[], known: ReadonlyMap<string, unknown>): void {
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length === 0) return
  throw new FlywheelError('dataset-invalid', `The dataset has no column ${shown(unknown[0])}`, {
    errors: unknown.slice(0, LIMITS.listedErrors).map((name) => ({
      path: `column ${names.indexOf(name) + 1}`,
      expected: 'a column of the dataset',
      received: shown(name),
    })),
    remedy: 'Leave the column out, or upload the file as a version of its own',
  })
}

/** @throws FlywheelError dataset-invalid */
export function checkRowCount(rows: number): void {
  if (rows === 0) {
    throw new FlywheelError('dataset-invalid', 'There are no rows', {
      remedy: 'Send at least one row of data',
    })
  }
  if (rows > LIMITS.rows) {
    throw new FlywheelError('dataset-invalid', `There are ${rows} rows; at most ${LIMITS.rows} are accepted`)
  }
}

/** @throws FlywheelError dataset-rows-invalid unless bad rows may be left out and some rows are good */
export function keptRows(
  rows: number,
  { errors, request }: { errors: RowErrors; request: Pick<IngestRequest, 'onInvalidRow' | 'appendTo'> },
): number {
  if (errors.rows === 0) return rows
  const detail = `${errors.rows} of ${rows} rows could not be read`
  if (request.onInvalidRow === 'reject') {
    const skip = 'Mend the rows, or send onInvalidRow=skip to leave them out'
    const declare =
      'a column that may hold such values can be declared as text: types={"<column>":"category"}'
    throw new FlywheelError('dataset-rows-invalid', detail, {
      errors: errors.listed,
      // Appended rows have the types of the dataset.
      remedy: request.appendTo ? skip : `${skip}; ${declare}`,
    })
  }
  if (errors.rows < rows) return rows - errors.rows
  throw new FlywheelError('dataset-rows-invalid', `${detail}: none is left`, {
    errors: errors.listed,
    remedy: 'Mend the rows and upload again',
  })
}

/** How rows are read back that we have written ourselves. */
export const writtenCsv = (path: string) =>
  ({ path, delimiter: ',', lineEnd: '\n', hasHeader: false, isClean: true }) as const
