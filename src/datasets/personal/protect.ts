import { rename } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Finding } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { IngestRequest } from '../../contracts/reader.js'
import type { CheckedUpload } from '../check-upload.js'
import { columnId, literal, parquetFiles } from '../duckdb.js'
import { parquetForm, useOneThread } from '../write-part.js'
import { findPersonal, type Personal } from './find-personal.js'
import { FORMS, KINDS } from './kinds.js'

/**
 * Finds personal data in stored rows; where the request says so, its columns are left out, or what was found is masked,
 * before anything of it becomes a version. Columns of a dataset that rows are appended to can be masked alone.
 *
 * @throws FlywheelError dataset-invalid when nothing would be left
 */
export async function protectPersonal(
  connection: DuckDBConnection,
  { request, upload }: { request: IngestRequest; upload: CheckedUpload },
): Promise<CheckedUpload> {
  const { output, personalData: wish = 'report', appendTo } = request
  const { names, checked } = upload
  const { types, rows } = checked
  const personal = await findPersonal(connection, {
    path: output,
    names,
    types,
    rows,
    isExact: wish !== 'report',
  })
  if (personal.length === 0) return wish === 'report' ? upload : { ...upload, errors: withheld(upload) }
  const way = wish === 'drop' && appendTo !== undefined ? 'mask' : wish
  const findings = [...upload.findings, ...personal.map((each) => findingOf(names, each, way))]
  if (way === 'report') return { ...upload, findings }
  const errors = withheld(upload)
  await useOneThread(connection, types.length)
  if (way === 'drop') {
    const gone = new Set(personal.map(({ column }) => column))
    const kept = names.flatMap((_, column) => (gone.has(column) ? [] : [column]))
    if (kept.length === 0) throw nothingLeft()
    await rewrite(connection, {
      output,
      terms: kept.map(columnId),
      form: parquetForm(
        kept.map((column) => types[column] ?? 'text'),
        ROW_BYTES,
      ),
    })
    return {
      ...upload,
      names: kept.map((column) => names[column] as string),
      checked: {
        types: kept.map((column) => types[column] ?? 'text'),
        tally: checked.tally.arranged(kept),
        rows,
      },
      errors,
      findings,
    }
  }
  if (appendTo !== undefined) refuseNumbers(personal, upload)
  const masked = types.map((type, column) => {
    const here = personal.filter((each) => each.column === column)
    return here.length === 0
      ? { type, term: columnId(column) }
      : { type: 'text' as const, term: maskOf(column, here) }
  })
  await rewrite(connection, {
    output,
    terms: masked.map(({ term }) => term),
    form: parquetForm(
      masked.map(({ type }) => type),
      ROW_BYTES,
    ),
  })
  return { ...upload, checked: { ...checked, types: masked.map(({ type }) => type) }, errors, findings }
}

/** A guess of what a row's texts take. */
const ROW_BYTES = 1024

async function rewrite(
  connection: DuckDBConnection,
  { output, terms, form }: { output: string; terms: readonly string[]; form: string },
): Promise<void> {
  const list = terms.map((term, column) => `${term} as ${columnId(column)}`).join(', ')
  const written = `${output}.protected`
  await connection.run(`copy (select ${list} from ${parquetFiles([output])}) to ${literal(written)} ${form}`)
  await rename(written, output)
}

/** The column with a mask in place of every value, or of whatever has the form of what was found in it. */
function maskOf(column: number, personal: readonly Personal[]): string {
  const id = columnId(column)
  const whole = personal.find(({ isByName }) => isByName)
  if (whole !== undefined) return `if(${id} is null, null, ${literal(KINDS[whole.kind].mask)})`
  const kinds = new Set(personal.map(({ kind }) => kind))
  return FORMS.filter(({ kind }) => kinds.has(kind)).reduce(
    (term, { kind, pattern }) =>
      `regexp_replace(${term}, ${literal(pattern)}, ${literal(KINDS[kind].mask)}, 'g')`,
    id,
  )
}

function findingOf(
  names: readonly string[],
  { column, kind, values, looked, isByName }: Personal,
  way: 'report' | 'mask' | 'drop',
): Finding {
  const name = names[column] as string
  const { words, mask } = KINDS[kind]
  const found =
    isByName && kind !== 'card'
      ? `${name} seems to hold ${words}`
      : `${values} of ${looked} values hold ${words}`
  const done = {
    report: { said: '', remedy: 'Upload it again with personalData=mask or drop, unless you may keep it' },
    mask: { said: `; they were replaced by ${mask}`, remedy: 'Nothing; what was sent is not kept' },
    drop: { said: '; the column was left out', remedy: 'Nothing; what was sent is not kept' },
  }[way]
  return { code: 'personal-data', column: name, detail: `${found}${done.said}`, remedy: done.remedy }
}

/** Bad rows are reported without what stood in them: it may be personal as well. */
const withheld = ({ errors }: CheckedUpload): CheckedUpload['errors'] => ({
  rows: errors.rows,
  listed: errors.listed.map((error) => ({ ...error, received: 'withheld, as personalData asks' })),
})

/** A mask is a text, and a column of numbers has no place for it. */
function refuseNumbers(personal: readonly Personal[], { names, checked }: CheckedUpload): void {
  const number = personal.find(({ column }) => checked.types[column] !== 'text')
  if (number === undefined) return
  const name = names[number.column] as string
  throw new FlywheelError(
    'dataset-invalid',
    `${name} holds numbers, which can not be masked in appended rows`,
    {
      remedy: 'Leave the values out, or upload all rows as a version of their own',
    },
  )
}

const nothingLeft = (): FlywheelError =>
  new FlywheelError('dataset-invalid', 'Every column holds personal data: none is left', {
    remedy: 'Send personalData=mask, or other columns',
  })
