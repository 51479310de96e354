import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FlywheelError } from '../../src/contracts/errors.js'
import type { JobOutput, VersionSnapshot } from '../../src/contracts/job.js'
import type { TextColumn } from '../../src/contracts/table.js'
import { rowsKeptOut } from '../../src/datasets/split-rows.js'
import { reportPage } from '../../src/evaluation/page/report-page.js'
import type { Report } from '../../src/evaluation/report.js'
import { compareOnTable } from '../../src/jobs/compare/compare-on-table.js'
import { resolveCompare } from '../../src/jobs/compare/resolve.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readManifest } from '../../src/serving/servable.js'
import { fromRows } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { registryOf, runContext, trainOn } from '../support/train.js'
import { asFeedback, updateOn } from '../support/update.js'

const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))
const catalogue = await loadCatalogue()
const day = (row: number) => new Date(Date.UTC(2024, 0, 1 + ((row * 37) % 300))).toISOString().slice(0, 10)

/** Visits of 30 patients, each of which is ill or well at all of them. */
const data = fromRows(
  'visits',
  ['patient', 'day', 'part', 'weight', 'ill'],
  Array.from({ length: 300 }, (_, row) => {
    const patient = row % 30
    const weight = 60 + (patient % 2) * 20 + Math.sin(row * 12.9898)
    const part = row % 5 === 0 ? 'test' : row % 7 === 0 ? 'validation' : 'train'
    return [`p${patient}`, day(row), part, weight.toFixed(3), patient % 2 ? 'yes' : 'no']
  }),
)
const training = { epochs: 3, deterministic: true }
const patients = (data.table.columns[0] as TextColumn).codes

type Evaluation = NonNullable<TrainRequest['evaluation']>
const trained = async (split: NonNullable<Evaluation['split']>) => {
  const request = { target: 'ill', training, evaluation: { split } }
  const { output, report, specification } = await trainOn(data, request, { artifacts })
  return { output, report: report as Report, features: specification.features }
}
const manifestOf = async ({ version }: JobOutput) => readManifest(await artifacts.read(version?.sha256 ?? ''))
const testRowsOf = async (output: JobOutput) => {
  const { split } = await manifestOf(output)
  const codes = (data.table.columns[4] as TextColumn).codes
  return rowsKeptOut(data.table, Float64Array.from(codes), split)
}

const byPatient = await trained({ by: 'group', column: 'patient' })

test('a version can be judged by groups that it has not learnt from, and its report counts them', async () => {
  const { report, features, output } = byPatient
  assert.deepEqual(features, ['day', 'part', 'weight'])
  assert.deepEqual(report.split, {
    by: 'group',
    column: 'patient',
    training: 190,
    validation: 50,
    test: 60,
    unusable: 0,
    groups: { training: 19, validation: 5, test: 6 },
  })
  const rows = await testRowsOf(output)
  assert.equal(rows.length, 60)
  assert.equal(new Set(Array.from(rows, (row) => patients[row])).size, 6)
})

test('a version can be judged by the newest rows, and its report says from when on', async () => {
  const { report, output } = await trained({ by: 'time', column: 'day' })
  assert.deepEqual(report.split, {
    by: 'time',
    column: 'day',
    training: 192,
    validation: 48,
    test: 60,
    unusable: 0,
    from: { training: '2024-01-01', validation: '2024-07-11', test: '2024-08-28' },
  })
  assert.ok((await testRowsOf(output)).every((row) => day(row) >= '2024-08-28'))
})

test('from when on is told as a date where the column holds dates', async () => {
  const values = Float64Array.from({ length: 300 }, (_, row) => Date.parse(day(row)))
  const columns = data.table.columns.map((column) =>
    column.name === 'day' ? { kind: 'numeric' as const, name: 'day', values } : column,
  )
  const described = data.snapshot.columns.map((column) =>
    column.name === 'day' ? { ...column, type: 'date' as const } : column,
  )
  const dated = {
    table: { ...data.table, columns },
    snapshot: { ...data.snapshot, columns: described },
  }
  const evaluation: Evaluation = { split: { by: 'time', column: 'day' } }
  const { report } = await trainOn(dated, { target: 'ill', training, evaluation }, { artifacts })
  const from = { training: '2024-01-01', validation: '2024-07-11', test: '2024-08-28' }
  assert.deepEqual(report.split.from, from)
  const page = reportPage({ version: 1, report, evaluations: [] })
  assert.match(page, /split by time, day \(to test from 2024-08-28 on\)/)
})

test('a version can be judged by the rows that a column says', async () => {
  const { report, output } = await trained({ by: 'column', column: 'part' })
  assert.deepEqual(report.split, {
    by: 'column',
    column: 'part',
    training: 206,
    validation: 34,
    test: 60,
    unusable: 0,
  })
  assert.ok((await testRowsOf(output)).every((row) => row % 5 === 0))
})

const versionOf = ({ version: draft }: JobOutput, version: number): VersionSnapshot => {
  assert.ok(draft)
  return { version, ...draft }
}

test('versions that were split in two ways are compared on the rows that neither has learnt from', async () => {
  const byDay = await trained({ by: 'time', column: 'day' })
  const versions: Record<string, VersionSnapshot> = {
    'model@1': versionOf(byPatient.output, 1),
    'model@2': versionOf(byDay.output, 2),
  }
  const registry = {
    ...registryOf(data),
    version: async (reference: string) => versions[reference] ?? assert.fail(reference),
  }
  const { specification } = await resolveCompare(
    { type: 'compare', model: 'model@1', with: 'model@2', dataset: 'visits' },
    registry,
  )
  const { result } = await compareOnTable({
    specification,
    manifests: { first: await manifestOf(byPatient.output), second: await manifestOf(byDay.output) },
    table: data.table,
    catalogue,
    context: runContext(artifacts, 'compare').context,
  })
  const theirs = new Set(await testRowsOf(byDay.output))
  const common = (await testRowsOf(byPatient.output)).filter((row) => theirs.has(row))
  assert.equal(result.rows, common.length)
  assert.ok(common.length > 0)
})

test('an update replays rows of the groups that were learnt from, and is judged by the others', async () => {
  const feedback = asFeedback(data.table, {
    rows: Array.from({ length: 40 }, (_, row) => row),
    target: 'ill',
  })
  const { result } = await updateOn(
    data,
    feedback.map(({ features, label }, row) => ({ features: { ...features, weight: 50 + row }, label })),
    { artifacts, champion: byPatient.output },
  )
  assert.equal(result.holdoutRows, 60)
})

test('a class that stands in test groups alone is warned of', async () => {
  const rare = fromRows(
    'rare',
    ['shop', 'x', 'kind'],
    Array.from({ length: 100 }, (_, row) => [
      `s${row % 4}`,
      `${row}`,
      row % 4 === 0 ? 'odd' : row % 2 ? 'a' : 'b',
    ]),
  )
  const split = { by: 'column', column: 'part' } as const
  const parts = rare.table.columns[0] as TextColumn
  const part: TextColumn = {
    kind: 'text',
    name: 'part',
    codes: parts.codes,
    dictionary: ['test', 'train', 'Train', 'train '],
  }
  const described = { name: 'part', type: 'category', missing: 0, distinct: 4 } as const
  const { report } = await trainOn(
    {
      table: { rows: 100, columns: [...rare.table.columns, part] },
      snapshot: { ...rare.snapshot, columns: [...rare.snapshot.columns, described] },
    },
    { target: 'kind', features: ['x'], training, evaluation: { split } },
    { artifacts },
  )
  const warning = report.warnings.find(({ code }) => code === 'class-not-learnt')
  assert.match(warning?.detail ?? '', /leaves no training row of odd/)
})

test('what only the values show is refused by the job, which names the field', async () => {
  await assert.rejects(
    trained({ by: 'column', column: 'patient' }),
    ({ code, errors }: FlywheelError) =>
      code === 'specification-invalid' && errors[0]?.path === 'evaluation.split.column',
  )
})
