import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { html, name } from '../../src/evaluation/page/html.js'
import { reportPage } from '../../src/evaluation/page/report-page.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { documentOf } from '../support/browser.js'
import { fromRows } from '../support/csv-table.js'
import { uniform } from '../support/drawn-rows.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(join(folder, 'artifacts'))
const draw = uniform(4)
const evil = '<img src=x onerror="document.title=\'owned\'">'
const script = '</title></style><script>document.title="owned"</script>'

const hostile = fromRows(
  'hostile',
  [evil, 'b', 'city', '\'"`{x}'],
  Array.from({ length: 900 }, () => {
    const [a, b] = [draw(), draw()]
    const city = draw() < 0.3 ? script : 'Bonn'
    return [a.toFixed(4), b.toFixed(4), city, draw() < (a + b) / 2 ? script : 'no']
  }),
)
const line = fromRows(
  'line',
  ['x', 'y'],
  Array.from({ length: 400 }, () => {
    const x = draw() * 10
    return [x.toFixed(3), (2 * x + draw()).toFixed(3)]
  }),
)
const classification = await trainOn(
  hostile,
  {
    target: '\'"`{x}',
    training: { epochs: 12, validationSplit: 0.3 },
    evaluation: { costs: { falsePositive: 1, falseNegative: 3 } },
  },
  { artifacts },
)
const regression = await trainOn(line, { target: 'y', training: { epochs: 30 } }, { artifacts })

/** The page as a browser understands it, else as it was written. */
async function opened({ report }: typeof classification, file: string): Promise<string> {
  const page = reportPage({ version: 3, report, evaluations: [] })
  const path = join(folder, file)
  await writeFile(path, page)
  return documentOf(path, join(folder, `${file}-profile`)) ?? page
}
const pages = {
  classification: await opened(classification, 'classification.html'),
  regression: await opened(regression, 'regression.html'),
}
const headings = (page: string) => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, text]) => text)
const plots = (page: string) => [...page.matchAll(/aria-label="(.*?)"/g)].map(([, text]) => text)

test('the page of a classifier has its metrics, curves, matrix, reliability, decisions, importance and slices', () => {
  assert.deepEqual(headings(pages.classification), [
    'Metrics',
    'Learning curves',
    'Classes',
    'What the validation rows chose',
    'Feature importance',
    'Slices',
  ])
  const drawn = plots(pages.classification)
  for (const plot of [
    'loss by epoch',
    'Confusion matrix',
    'ROC curve',
    'Precision over recall',
    'Reliability',
  ]) {
    assert.ok(drawn.includes(plot), `${plot} is not among ${drawn}`)
  }
  assert.match(pages.classification, /<h3>Threshold 0\.\d+ for /)
})

test('the page of a regression has predicted by true values and residuals', () => {
  assert.ok(headings(pages.regression).includes('Residuals'))
  const drawn = plots(pages.regression)
  assert.ok(drawn.includes('Predicted by true values') && drawn.includes('Residuals'))
  assert.ok((pages.regression.match(/<circle/g) ?? []).length >= 80)
})

test('markup in column names and labels is text, and nothing is loaded or run', () => {
  for (const page of Object.values(pages)) {
    assert.doesNotMatch(page, /<(script|img|link|iframe|object|embed|form|a)\b/i)
    assert.doesNotMatch(page, /\son\w+=(?!&quot;|"document\.title='owned'"&gt;)/i)
    assert.doesNotMatch(page, /<title>owned/)
    assert.doesNotMatch(page, /\sstyle=/)
    assert.match(page, /http-equiv="Content-Security-Policy" content="default-src (&#39;|')none(&#39;|')/)
  }
  assert.match(pages.classification, /&lt;script&gt;/)
  assert.match(pages.classification, /&lt;img src=x/)
})

test('plots hold numbers only', () => {
  for (const page of Object.values(pages)) assert.doesNotMatch(page, /NaN|Infinity|undefined|\[object/)
})

test('a report of an earlier version, without the newer parts, is a page too', () => {
  const { slices: _, importance: __, calibration: ___, ...report } = classification.report
  const old = { ...report, history: [], evaluation: { ...report.evaluation, details: {} } }
  const page = reportPage({ version: 1, report: old, evaluations: [] })
  assert.deepEqual(headings(page), ['Metrics'])
})

test('texts are escaped, lists joined, long names cut', () => {
  assert.equal(
    html`<p>${['<', '&', 2]}${html`<b>${'"'}</b>`}${null}</p>`.markup,
    '<p>&lt;&amp;2<b>&quot;</b></p>',
  )
  assert.match(name('x'.repeat(90)).markup, /^<bdi title="x{90}">x{59}…<\/bdi>$/)
  assert.equal(name('').markup, '<bdi>(empty)</bdi>')
})

const pageOf = (changes: Partial<typeof classification.report>) =>
  reportPage({ version: 1, report: { ...classification.report, ...changes }, evaluations: [] })

test('slices that are worse have their bar to the left, whatever the metric’s direction', () => {
  const barOf = (direction: 'maximise' | 'minimise', difference: number) => {
    const worst = [{ column: 'city', value: 'Ulm', rows: 40, metrics: { rmse: 3 }, difference }]
    const about = { metric: 'rmse', rows: 90, minRows: 30, columns: ['city'], columnsLeftOut: 0 }
    const page = pageOf({ slices: { ...about, direction, slices: 1, smallSlices: 0, worst } })
    return /Ulm.*?<rect class="(f\d)" x="(\d+)"/.exec(page)?.slice(1)
  }
  assert.deepEqual(barOf('minimise', 1), ['f1', '2'])
  assert.deepEqual(barOf('maximise', -0.1), ['f1', '2'])
  assert.deepEqual(barOf('minimise', -1), ['f0', '62'])
})

test('where no slice has enough rows the page says so', () => {
  const about = { metric: 'accuracy', rows: 20, minRows: 30, columns: ['city'], columnsLeftOut: 0 }
  const page = pageOf({ slices: { ...about, slices: 0, smallSlices: 7, worst: [] } })
  assert.match(page, /<h2>Slices<\/h2><p>None of the 7 parts of 20 rows, .* has the 30 rows/)
})

test('the epoch whose weights were kept is marked in every learning curve', () => {
  const history = [1, 2, 3].map((epoch) => ({ epoch, loss: 1 / epoch, val_loss: (epoch - 2) ** 2 + 1 }))
  const training = { ...classification.report.training, bestEpoch: 2, bestWeightsRestored: true }
  const section = (page: string) => /<h2>Learning curves.*?<\/section>/s.exec(page)?.[0] ?? ''
  const marked = section(pageOf({ history, training }))
  assert.match(marked, /The weights are those of epoch 2/)
  assert.match(marked, /<line class="guide" x1="212" y1="226" x2="212" y2="12"\/>/)
  const last = { ...training, bestWeightsRestored: false }
  assert.doesNotMatch(section(pageOf({ history, training: last })), /guide|weights/)
})

test('labels of the confusion matrix are cut only where they have no room', () => {
  const matrix = (classes: string[]) => {
    const rowsAreTrueClasses = classes.map(() => classes.map(() => 1))
    const details = {
      ...classification.report.evaluation.details,
      confusionMatrix: { classes, rowsAreTrueClasses },
    }
    return pageOf({ evaluation: { ...classification.report.evaluation, details } })
  }
  const flowers = matrix(['setosa', 'versicolor', 'virginica'])
  assert.equal(flowers.match(/>versicolor<\/text>/g)?.length, 2)
  const long = matrix(Array.from({ length: 12 }, (_, at) => `class-number-${at}-of-twelve`))
  assert.match(long, />class-number-11-…<\/text>/)
  assert.match(long, />c…<\/text>/)
})

test('steps that leave rows out or repeat them are counted, a compressed version stands beside its parent', () => {
  const change = {
    step: 'transforms[0]',
    transform: 'deduplicate',
    before: 90,
    dropped: 7,
    repeated: 0,
    after: 83,
  }
  assert.match(
    pageOf({ rowChanges: [change] }),
    /deduplicate, transforms\[0\]<\/th><td>90<\/td><td>7<\/td><td>0<\/td><td>83<\/td>/,
  )
  const sizes = { parent: 4000, child: 1000, times: 4 }
  const compression = {
    ...{ method: 'quantise', options: {}, parent: 'flowers@1', details: {}, rows: 60, comparison: {} },
    ...{
      sizeBytes: sizes,
      servedBytes: sizes,
      memoryBytes: sizes,
      latency: [
        { rows: 1, runs: 9, parent: { p50Ms: 2, p99Ms: 3 }, child: { p50Ms: 1, p99Ms: 1.5 }, speedup: 2 },
      ],
      metrics: { accuracy: { parent: 0.9, child: 0.89, pValue: 0.04 } },
    },
    accept: { maxDrop: 0.01, minSpeedup: null, accepted: false, reasons: ['accuracy fell <by> 0.02'] },
  }
  const page = pageOf({ compression })
  assert.match(page, /Refused: accuracy fell &lt;by&gt; 0.02/)
  assert.match(page, /accuracy<\/th><td>0.9<\/td><td>0.89<\/td><td>0.04<\/td>/)
  assert.match(page, /99th percentile of ms for 1 rows<\/th><td>3<\/td><td>1.5<\/td>/)
})

test('what evaluate jobs found on other datasets follows, with the rows that could not be scored', () => {
  const { evaluation, slices, importance, model, task, target } = regression.report
  assert.ok(slices && importance)
  const other = { format: 1 as const, model, dataset: 'later@2', task, target, evaluation, unusable: 3 }
  const evaluations = [{ job: 'a', report: { ...other, slices, importance } }]
  const page = reportPage({ version: 1, report: classification.report, evaluations })
  const [, found = ''] = page.split('On <bdi>later@2</bdi>')
  assert.match(found, /rows of later@2, beside 3 without a target/)
  assert.deepEqual(headings(found), ['Metrics', 'Residuals', 'Feature importance', 'Slices'])
})

test('trials stand with a column for each field that differs, the best first, and the trivial predictor last', () => {
  const names = ['default', 'linear'] as const
  const trial = (number: number, value: number | null, parameters: Record<string, unknown>) => ({
    ...{
      number,
      name: names[number] ?? ('trial' as const),
      job: 'a',
      parameters,
      value,
    },
    ...{ state: value === null ? ('failed' as const) : ('succeeded' as const), metrics: {}, epochs: 3 },
    ...{ seconds: 1, ...(value === null ? { reason: 'out of <memory>' } : {}) },
  })
  const pair = { rows: 60, default: 0.8, best: 0.9, pValue: 0.01, test: 'mcnemar-exact' }
  const search = {
    ...{ method: 'tpe', metric: 'accuracy', direction: 'maximise' as const, space: {}, seed: 1 },
    ...{ budgetSeconds: 9, best: 2, improved: true, statement: 'Better.', validation: pair, test: pair },
    trivial: { predictor: 'always no', value: 0.5 },
    trials: [
      trial(0, 0.8, {}),
      trial(1, 0.7, { family: 'linear', 'training.optimizer.learningRate': 0.02 }),
      trial(2, 0.9, { 'hyperparameters.hiddenUnits': [32, 8], 'training.optimizer.learningRate': 0.003 }),
      trial(3, null, { 'hyperparameters.hiddenUnits': [64] }),
    ],
  }
  const table = /<h2>Trials.*?<\/section>/s.exec(pageOf({ search }))?.[0] ?? ''
  const cells = [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd].*?>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell.replace(/<.*?>/g, '')),
  )
  assert.deepEqual(cells, [
    ['Trial', '', 'accuracy', 'Epochs', 'Seconds', 'hiddenUnits', 'learningRate', ''],
    ['2 ★', 'trial', '0.9', '3', '1', '[32,8]', '0.003', ''],
    ['0', 'default', '0.8', '3', '1', '', '', ''],
    ['1', 'linear', '0.7', '3', '1', '', '0.02', 'family = linear '],
    ['3', 'trial', '–', '3', '1', '[64]', '', 'out of &lt;memory&gt;'],
    ['–', 'trivial', '0.5', '–', '–', '', '', 'always no'],
  ])
})

test('the folds of a cross-validation stand in a table with their mean and interval', () => {
  const values = [0.9, 0.95, null]
  const crossValidation = {
    folds: [1, 2, 3].map((fold) => ({
      fold,
      job: 'a',
      training: 1,
      validation: 1,
      rows: 300,
      epochs: 1,
      seconds: 1,
    })),
    split: { by: 'group', column: evil },
    metrics: { accuracy: { mean: 0.925, interval: [0.61, 1.24] as [number, number], values } },
    baseline: { predictor: 'the mean', metrics: { accuracy: 0.5 } },
    outOfFold: { rows: 900, metrics: {}, sha256: 'a', sizeBytes: 1 },
  }
  const report = { ...classification.report, crossValidation }
  const page = reportPage({ version: 3, report, evaluations: [] })
  assert.match(page, /900 rows in 3 folds \(group by <bdi>&lt;img/)
  assert.match(
    page,
    /accuracy<\/th><td>0.925<\/td><td>0.61 to 1.24<\/td><td>0.5<\/td><td>0.9<\/td><td>0.95<\/td><td>–<\/td>/,
  )
})
