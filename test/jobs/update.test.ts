import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { Family } from '../../src/contracts/family.js'
import type { JobOutput } from '../../src/contracts/job.js'
import type { Label } from '../../src/contracts/task.js'
import { copyRows } from '../../src/datasets/select-rows.js'
import type { Report } from '../../src/evaluation/report.js'
import type { Catalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readManifest } from '../../src/serving/servable.js'
import { fromRows, type TableWithSnapshot } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'
import { accuracyOn, asFeedback, updateOn } from '../support/update.js'

const artifacts = await openArtifactStore(await temporaryFolder())
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, index) => from + index)

/** Points of a plane in a made-up but fixed order: [0, 1), the same for every run. */
const noise = (row: number, salt: number): number => {
  const value = Math.sin(row * 12.9898 + salt * 78.233) * 43758.5453
  return value - Math.floor(value)
}

/** Which ring around the middle a point lies in, and how far out: a few rows do not show it. */
function points(rows: number): TableWithSnapshot {
  const cells = range(0, rows)
  return fromRows(
    'points',
    ['x', 'y', 'side', 'ring', 'distance'],
    Array.from(cells, (row) => {
      const [x, y] = [4 * noise(row, 1) - 2, 4 * noise(row, 2) - 2]
      const distance = Math.hypot(x, y)
      const ring = distance < 0.9 ? 'inner' : distance < 1.6 ? 'middle' : 'outer'
      return [x.toFixed(4), y.toFixed(4), x < 0 ? 'left' : 'right', ring, distance.toFixed(4)]
    }),
  )
}
const all = points(1_600)
const few: TableWithSnapshot = {
  table: copyRows(all.table, range(0, 150)),
  snapshot: { ...all.snapshot, rows: 150 },
}
const unseen = { table: all.table, rows: range(1_000, 1_600), artifacts }
const training = { epochs: 40, seed: 5, optimizer: { name: 'adam', learningRate: 0.01 } }
const features = ['x', 'y', 'side']
const hyperparameters = { hiddenUnits: [32] }
const { output: champion } = await trainOn(
  few,
  { target: 'ring', features, training, hyperparameters },
  { artifacts },
)
const labels = (
  target: string,
  rows: Iterable<number> = range(150, 1_000),
  labelOf?: (label: Label) => Label,
) =>
  asFeedback(all.table, { rows, target, ...(labelOf ? { labelOf } : {}) }).map(
    ({ features: given, label }) => ({
      features: Object.fromEntries(features.map((name) => [name, given[name]])),
      label,
    }),
  )
interface Figures {
  readonly decision: string
  readonly reason: string
  readonly champion: { readonly holdout: { readonly right: number } }
  readonly newLabelRows: number
  readonly holdoutRows: number
  readonly labels: Readonly<Record<'learnt' | 'validated' | 'skipped' | 'replayed', number>>
  readonly classes: readonly { readonly label: string }[]
}
const figures = (output: JobOutput) => output.result as unknown as Figures

test('an update on right labels is promoted, as a child of its champion, and knows more', async () => {
  const update = await updateOn(few, labels('ring'), { artifacts, champion })
  assert.equal(figures(update).decision, 'promoted', figures(update).reason)
  assert.equal(update.version?.parent, 1)
  assert.equal(update.version?.deploy.move && update.version.deploy.expected, 1)
  assert.deepEqual(update.feedback, { model: 'model', upTo: 850, outcome: 'learnt', retry: false })
  assert.deepEqual(figures(update).labels, {
    learnt: 612,
    validated: 68,
    skipped: 0,
    replayed: 612,
  })
  assert.equal(figures(update).newLabelRows, 170)
  const [before, after] = [await accuracyOn(champion, unseen), await accuracyOn(update, unseen)]
  assert.ok(after > before + 0.03, `${before} → ${after}`)
})

test('an update is calibrated anew, on its own validation rows', async () => {
  const { version } = await updateOn(few, labels('ring'), { artifacts, champion })
  const read = async (sha256 = '') => readManifest(await artifacts.read(sha256)).calibration ?? assert.fail()
  const [before, after] = [await read(champion.version?.sha256), await read(version?.sha256)]
  const report = JSON.parse((await artifacts.read(version?.reportSha256 ?? '')).toString()) as Report
  assert.equal(after.rows, report.split.validation)
  assert.notDeepEqual(after.scores, before.scores)
  assert.equal(report.calibration?.rows, after.rows)
  assert.ok(report.slices && report.importance && report.evaluation.details.conformal)
})

test('an update goes on from an update', async () => {
  const first = await updateOn(few, labels('ring', range(150, 500)), { artifacts, champion })
  const second = await updateOn(few, labels('ring', range(500, 1_000)), { artifacts, champion: first })
  assert.equal(typeof figures(second).decision, 'string')
  assert.equal(figures(second).champion.holdout.right > 0, true)
})

test('rows that came back in an earlier update judge no later one', async () => {
  const returned = labels('ring', [...range(0, 75), ...range(150, 500)])
  const first = await updateOn(few, returned, { artifacts, champion })
  assert.equal(figures(first).decision, 'promoted', figures(first).reason)
  const { holdoutRows } = figures(first)
  assert.ok(holdoutRows > 0 && holdoutRows < 30, `${holdoutRows} of 30 rows`)
  const second = await updateOn(few, labels('ring', range(500, 1_000)), { artifacts, champion: first })
  assert.equal(figures(second).holdoutRows, holdoutRows)
  const { sha256 = '', blobs: kept = [] } = second.version ?? {}
  const { learntFeedback } = readManifest(await artifacts.read(sha256))
  assert.equal(learntFeedback?.sizeBytes, 8 * (75 + 350 + 500), 'a key of each row')
  assert.ok(kept.includes(learntFeedback.sha256))
})

test('an update on wrong labels is rejected with the numbers', async () => {
  const next: Record<string, string> = { inner: 'middle', middle: 'outer', outer: 'inner' }
  const wrong = labels('ring', undefined, (label) => next[String(label)] as string)
  const update = await updateOn(few, wrong, { artifacts, champion })
  assert.equal(figures(update).decision, 'rejected')
  assert.match(figures(update).reason, /^worse on the holdout: \d+ right against \d+ right, p = /)
  assert.equal(update.version, undefined)
  assert.deepEqual(update.feedback, { model: 'model', upTo: 850, outcome: 'rejected', retry: false })
  const { classes } = figures(update)
  assert.deepEqual(
    classes.map(({ label }) => label),
    ['inner', 'middle', 'outer'],
  )
})

test('labels that no longer fit the champion are left out; with none left nothing is trained', async () => {
  const strange = labels('ring', range(150, 160)).map(({ features: given, label }) => ({
    features: { x: given.x ?? null },
    label,
  }))
  const foreign = labels('ring', range(160, 170), () => 'elsewhere')
  const update = await updateOn(few, [...strange, ...foreign], { artifacts, champion })
  assert.equal(figures(update).decision, 'rejected')
  assert.deepEqual(figures(update).labels, { learnt: 0, validated: 0, skipped: 20, replayed: 0 })
})

test('too few labels are refused before anything is queued', async () => {
  await assert.rejects(
    updateOn(few, labels('ring', range(150, 154)), { artifacts, champion }),
    (error: unknown) => error instanceof FlywheelError && error.code === 'specification-invalid',
  )
})

test('regression learns from right values and is kept from wrong ones', async () => {
  const request = { target: 'distance', features, training, hyperparameters }
  const { output } = await trainOn(few, request, { artifacts })
  const right = await updateOn(few, labels('distance'), { artifacts, champion: output })
  assert.equal(figures(right).decision, 'promoted', figures(right).reason)
  const wrong = labels('distance', undefined, (label) => 3 - Number(label))
  const update = await updateOn(few, wrong, { artifacts, champion: output })
  assert.equal(figures(update).decision, 'rejected')
  assert.match(figures(update).reason, /^worse on the holdout: RMSE/)
})

test('values beyond what a network can take are left out; labels that make it diverge are rejected', async () => {
  const request = { target: 'distance', features, training: { ...training, optimizer: { name: 'sgd' } } }
  const { output } = await trainOn(few, request, { artifacts })
  const good = labels('distance', range(150, 180))
  const far = { features: { x: 1e39, y: 0, side: 'left' }, label: 1 }
  const huge = { features: { x: 0, y: 0, side: 'left' }, label: 1e300 }
  const update = await updateOn(few, [...good, far, huge], { artifacts, champion: output })
  assert.equal(figures(update).labels.skipped, 2)
  const wild = labels('distance', range(150, 180), () => 1e14)
  const diverged = await updateOn(few, wild, { artifacts, champion: output })
  assert.equal(figures(diverged).decision, 'rejected')
  assert.match(figures(diverged).reason, /^learning diverged: The loss is /)
  assert.equal(diverged.feedback?.outcome, 'rejected')
})

test('the report of an update carries the warnings of its training', async () => {
  const update = await updateOn(few, labels('ring'), { artifacts, champion, change: withNoise })
  assert.equal(figures(update).decision, 'promoted', figures(update).reason)
  const bytes = await artifacts.read(update.version?.reportSha256 as string)
  const { warnings, training: report } = JSON.parse(bytes.toString()) as Report
  assert.deepEqual([warnings.map(({ code }) => code), report.executor], [['not-compiled'], 'eager'])
})

/** A family whose answers are multiplied by random numbers near 1, drawn in JavaScript. */
function withNoise(catalogue: Catalogue): Catalogue {
  const mlp = catalogue.families.get('mlp') as Family
  const noisy: Family = {
    ...mlp,
    build(context) {
      const model = mlp.build(context)
      const apply = model.apply.bind(model)
      model.apply = ((x: never, options: never) =>
        context.tf.mul(apply(x, options) as never, context.tf.randomUniform([1], 1, 1.001))) as typeof apply
      return model
    },
  }
  return { ...catalogue, families: new Map([...catalogue.families, ['mlp', noisy]]) }
}
