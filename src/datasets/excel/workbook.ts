import { posix } from 'node:path'
import { FlywheelError, shown } from '../../contracts/errors.js'
import { unusableWorkbook, type WorkbookParts } from './workbook-parts.js'
import { attributesOf } from './xml-reader.js'

export interface Sheet {
  readonly name: string
  /** Of its XML. */
  readonly part: string
  readonly isHidden: boolean
}

/** What a workbook says about its sheets (ECMA-376 part 1, 18.2). */
export interface Workbook {
  /** In the order of their tabs; charts are none. */
  readonly sheets: readonly Sheet[]
  /** Whether days count from 1904, as on old Macintoshes. */
  readonly is1904: boolean
  readonly stylesPart: string | null
  readonly textsPart: string | null
}

/** A part that another one refers to. */
interface Relation {
  readonly id: string
  /** The last word of its type's address, which has two forms. */
  readonly type: string
  readonly part: string
}

/** @throws FlywheelError dataset-invalid */
export async function readWorkbook(parts: WorkbookParts): Promise<Workbook> {
  const root = (await relationsOf(parts, '')).find(({ type }) => type === 'officeDocument')
  if (root === undefined) throw unusableWorkbook('it has no workbook')
  if (/\.bin$/i.test(root.part)) throw unusableWorkbook('it is a binary workbook (.xlsb)')
  const relations = await relationsOf(parts, root.part)
  const partById = new Map(
    relations.filter(({ type }) => type === 'worksheet').map(({ id, part }) => [id, part]),
  )
  const partOf = (wanted: string) => relations.find(({ type }) => type === wanted)?.part ?? null
  const sheets: Sheet[] = []
  let is1904 = false
  await parts.read(root.part, {
    open(name, text) {
      if (name === 'workbookPr') is1904 = /^(1|true|on)$/.test(attributesOf(text).date1904 ?? '')
      if (name !== 'sheet') return
      const { name: title = '', id = '', state = 'visible' } = attributesOf(text)
      const part = partById.get(id)
      if (part !== undefined) sheets.push({ name: title, part, isHidden: state !== 'visible' })
    },
    close() {},
    text() {},
  })
  return { sheets, is1904, stylesPart: partOf('styles'), textsPart: partOf('sharedStrings') }
}

/**
 * The sheet of that name or number from 1; the first visible one where nothing is said.
 *
 * @throws FlywheelError dataset-invalid when there is none
 */
export function chooseSheet(sheets: readonly Sheet[], wanted: string | undefined): Sheet {
  const found =
    wanted === undefined
      ? (sheets.find(({ isHidden }) => !isHidden) ?? sheets[0])
      : (sheets.find(({ name }) => name === wanted) ?? sheets[Number(wanted) - 1])
  if (found !== undefined) return found
  const names = sheets.map(({ name }) => shown(name)).slice(0, 20)
  const expected = names.length === 0 ? 'a sheet' : `one of ${names.join(', ')}`
  throw new FlywheelError(
    'dataset-invalid',
    `sheet: expected ${expected}, received ${shown(wanted ?? 'none')}`,
    {
      errors: [{ path: 'sheet', expected, received: shown(wanted ?? 'none') }],
      remedy: 'Name a sheet of the workbook, or give its number from 1',
    },
  )
}

/** What a part refers to; a workbook begins with what the root refers to. */
async function relationsOf(parts: WorkbookParts, part: string): Promise<Relation[]> {
  const folder = posix.dirname(part)
  const name = posix.join(folder, '_rels', `${posix.basename(part)}.rels`)
  const relations: Relation[] = []
  if (!parts.has(name)) return relations
  await parts.read(name, {
    open(element, text) {
      if (element !== 'Relationship') return
      const { Id: id = '', Type: type = '', Target: target = '', TargetMode: mode } = attributesOf(text)
      if (mode === 'External') return
      const path = posix.normalize(target.startsWith('/') ? target.slice(1) : posix.join(folder, target))
      relations.push({ id, type: type.slice(type.lastIndexOf('/') + 1), part: path })
    },
    close() {},
    text() {},
  })
  return relations
}
