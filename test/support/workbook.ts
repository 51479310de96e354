import { type Files, zipOf } from '../datasets/images/archives.js'

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships'

/** The parts of a workbook with one sheet. @param sheet what stands in its `worksheet` element */
export function workbookFiles(sheet: string, { texts = '' }: { texts?: string } = {}): Files {
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`
  return [
    ['[Content_Types].xml', '<Types/>'],
    [
      '_rels/.rels',
      `<Relationships xmlns="${PACKAGE}">${relation('a', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `<?xml version="1.0"?><workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="One" sheetId="1" r:id="s"/></sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `<Relationships>${relation('s', 'worksheet', 'worksheets/one.xml')}${relation('t', 'sharedStrings', '/xl/texts.xml')}</Relationships>`,
    ],
    ['xl/texts.xml', `<sst>${texts}</sst>`],
    ['xl/worksheets/one.xml', `<worksheet xmlns="${MAIN}">${sheet}</worksheet>`],
  ]
}

export const workbook = (sheet: string, options: { texts?: string } = {}): Buffer =>
  zipOf(workbookFiles(sheet, options))

/** A workbook of rows; texts stand in their cells. @param isPacked as all programs do */
export function workbookOf(rows: readonly (readonly unknown[])[], { isPacked = false } = {}): Buffer {
  const cell = (value: unknown) =>
    typeof value === 'number'
      ? `<c><v>${value}</v></c>`
      : typeof value === 'boolean'
        ? `<c t="b"><v>${Number(value)}</v></c>`
        : value === null
          ? '<c/>'
          : `<c t="inlineStr"><is><t>${escaped(String(value))}</t></is></c>`
  const files = workbookFiles(
    `<sheetData>${rows.map((row) => `<row>${row.map(cell).join('')}</row>`).join('')}</sheetData>`,
  )
  return zipOf(files, { isPacked })
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\r', '&#13;')
