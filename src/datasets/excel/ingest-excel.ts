import type { Finding } from '../../contracts/dataset.js'
import { shown } from '../../contracts/errors.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { ingestTable } from '../ingest-table.js'
import { storeTypedRows } from '../typed-rows/store-typed-rows.js'
import { readMeanings } from './date-formats.js'
import { readSharedTexts } from './shared-texts.js'
import { type SheetCounts, sheetRows } from './sheet-rows.js'
import { chooseSheet, readWorkbook, type Sheet } from './workbook.js'
import { WorkbookParts } from './workbook-parts.js'

export const ingestExcel = (request: IngestRequest): Promise<Ingested> =>
  ingestTable(request, async (connection) => {
    const { sheet: wanted, header = 'present' } = request.reading ?? {}
    const parts = await WorkbookParts.open(request.path)
    const { sheets, is1904, stylesPart, textsPart } = await readWorkbook(parts)
    const sheet = chooseSheet(sheets, wanted)
    const context = {
      texts: await readSharedTexts(parts, textsPart),
      meanings: await readMeanings(parts, stylesPart),
      is1904,
    }
    const source = sheetRows(parts, { part: sheet.part, hasHeader: header === 'present', context })
    const others = wanted === undefined ? sheets.filter((other) => other !== sheet) : []
    return storeTypedRows(connection, {
      request,
      source,
      findings: () => [...sheetFindings(sheet, others), ...cellFindings(source.counts)],
    })
  })

function sheetFindings({ name }: Sheet, others: readonly Sheet[]): Finding[] {
  if (others.length === 0) return []
  const names = others
    .map((sheet) => shown(sheet.name))
    .slice(0, 10)
    .join(', ')
  return [
    {
      code: 'other-sheets',
      detail: `The sheet ${shown(name)} was read, ${others.length} others were not: ${names}`,
      remedy: 'Upload each as a dataset of its own: sheet=<name>',
    },
  ]
}

function cellFindings({ errors, formulas, mergedAreas }: SheetCounts): Finding[] {
  const found: [count: number, finding: Finding][] = [
    [
      errors,
      {
        code: 'cell-errors',
        detail: `${errors} cells hold an error such as #N/A; they are missing values`,
        remedy: 'Mend their formulas',
      },
    ],
    [
      formulas,
      {
        code: 'formulas',
        detail: `${formulas} cells hold a formula that was never computed; they are missing values`,
        remedy: 'Open the workbook in a spreadsheet program and save it, so that it holds their results',
      },
    ],
    [
      mergedAreas,
      {
        code: 'merged-cells',
        detail: `${mergedAreas} areas are merged into one cell; only the first cell of each holds its value`,
        remedy: 'Split the cells and fill in the values',
      },
    ],
  ]
  return found.filter(([count]) => count > 0).map(([, finding]) => finding)
}
