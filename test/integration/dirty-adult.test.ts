import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { testData } from '../support/csv-table.js'
import { readDirtyAdult } from '../support/dirty-adult.js'
import { startService } from '../support/service.js'

const CODES = [
  'missing',
  'blank',
  'label-case',
  'duplicate-rows',
  'whitespace',
  'identifier',
  'constant',
  'leakage',
]
const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'
interface Finding {
  readonly code: string
  readonly column?: string
  readonly detail: string
}
const codesOf = (findings: readonly Finding[]) => new Set(findings.map(({ code }) => code))

const service = testData === null ? null : await startService({ jobTypes: null })

describe('the census data, made dirty in seven ways', { skip }, () => {
  if (service === null) return
  const { request, submit, ended } = service
  let names: string[]
  let upload: { columns: { name: string; type: string }[]; report: { findings: Finding[] } }

  before(async () => {
    const { csv, labels } = readDirtyAdult(testData ?? '')
    const [head = '', ...lines] = csv.trimEnd().split('\n')
    names = head.split(',')
    upload = await send('census', [head, ...lines])
    await send('clean-labels', [
      head,
      ...lines.map((line, at) => line.replace(/[^,]*$/, labels[at] as string)),
    ])
  })

  async function send(name: string, lines: readonly string[]) {
    const answer = await request
      .post(`/v1/datasets?name=${name}`)
      .set('content-type', 'text/csv')
      .send(`${lines.join('\n')}\n`)
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  }

  const train = { type: 'train', dataset: 'census', target: 'income' }
  const plan = async (extra: object) => {
    const answer = await request.post('/v1/jobs?dryRun=true').send({ ...train, model: 'p', ...extra })
    assert.equal(answer.status, 200, answer.text)
    return answer.body as { warnings: Finding[] }
  }

  test('the upload’s answer names what is wrong with columns and rows', () => {
    const found = codesOf(upload.report.findings)
    assert.deepEqual(
      CODES.filter((code) => !found.has(code)),
      ['leakage'],
    )
  })

  test('the plan names what is wrong with the target, and counts the merged labels', async () => {
    const { warnings } = await plan({})
    const [labelCase, leak] = ['label-case', 'leakage'].map((code) =>
      warnings.find((warning) => warning.code === code),
    )
    assert.match(
      labelCase?.detail ?? '',
      /^4 spellings \(\d+ rows\) are merged .*"<=50k" \(\d+ rows\) as "<=50K"/,
    )
    assert.match(leak?.detail ?? '', /^copy alone predicts income/)
    const { warnings: apart } = await plan({ mergeLabels: false })
    assert.ok(!codesOf(apart).has('label-case') && codesOf(apart).has('leakage'))
  })

  test('the defaults reach 0.845 and an AUC of 0.90 against clean labels, and the report names all seven', async (t) => {
    const features = names.filter((name) => name !== 'copy' && name !== 'income')
    const trained = await ended(await submit({ ...train, model: 'income', features }))
    assert.equal(trained.state, 'succeeded', JSON.stringify(trained.error))
    const { body: report } = await request.get('/v1/models/income/versions/1/report')
    const found = codesOf(report.findings)
    assert.deepEqual(
      CODES.filter((code) => !found.has(code)),
      [],
    )
    const { metrics, baseline } = report.evaluation as Figures
    t.diagnostic(`accuracy ${metrics.accuracy} (${baseline.metrics.accuracy}), AUC ${metrics['roc-auc']}`)
    assert.ok((metrics.accuracy ?? 0) >= 0.845 && (metrics['roc-auc'] ?? 0) >= 0.9, JSON.stringify(metrics))
    const judging = { type: 'evaluate', model: 'income', dataset: 'clean-labels' }
    const { result } = await ended(await submit(judging))
    const clean = (result as { evaluation: Figures }).evaluation.metrics
    t.diagnostic(`all rows, against clean labels: accuracy ${clean.accuracy}, AUC ${clean['roc-auc']}`)
    assert.ok((clean.accuracy ?? 0) >= 0.845 && (clean['roc-auc'] ?? 0) >= 0.9, JSON.stringify(clean))
  })
})

interface Figures {
  readonly metrics: Record<string, number>
  readonly baseline: { readonly metrics: Record<string, number> }
}
