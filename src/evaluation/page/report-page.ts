import { createHash } from 'node:crypto'
import type { Finding } from '../../contracts/dataset.js'
import type { EvaluationReport, Report } from '../report.js'
import { figure, Html, html, name } from './html.js'
import { classesSection } from './sections/classes.js'
import { compressionSection } from './sections/compression.js'
import { crossValidationSection } from './sections/cross-validation.js'
import { decisionsSection } from './sections/decisions.js'
import { historySection } from './sections/history.js'
import { importanceSection } from './sections/importance.js'
import { learningCurveSection } from './sections/learning-curve.js'
import { metricsSection } from './sections/metrics.js'
import { residualsSection } from './sections/residuals.js'
import { rowChangesSection } from './sections/row-changes.js'
import { slicesSection } from './sections/slices.js'
import { trialsSection } from './sections/trials.js'
import { style } from './style.js'

const styleHash = createHash('sha256').update(style).digest('base64')

/** Nothing is loaded, nothing is run: the page has one style sheet of its own, and neither scripts nor images. */
export const reportPolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`

export interface ReportPageOptions {
  readonly version: number
  readonly report: Report
  /** By evaluate jobs, on other datasets. */
  readonly evaluations: readonly { readonly job: string; readonly report: EvaluationReport }[]
}

/** The report as one HTML page that needs no network: tables, and plots as SVG. Names and labels are escaped. */
export function reportPage({ version, report, evaluations }: ReportPageOptions): string {
  const { model, evaluation, target } = report
  const title = `${model}@${version}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${reportPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: report</title>
<style>${new Html(style)}</style>
</head>
<body>
<h1>${title}</h1>
${summary(report)}
${remarks('Warnings', report.warnings)}
${metricsSection(evaluation, 'that the version has not learnt from')}
${compressionSection(report.compression)}
${crossValidationSection(report.crossValidation)}
${trialsSection(report.search)}
${learningCurveSection(report.learningCurve)}
${rowChangesSection(report.rowChanges)}
${historySection(report)}
${classesSection(evaluation.details)}
${residualsSection(evaluation.details, target)}
${decisionsSection(report)}
${importanceSection(report.importance)}
${slicesSection(report.slices)}
${remarks('About the data', report.findings ?? [])}
${evaluations.map((each) => otherDataset(each))}
</body>
</html>
`.markup
}

function summary({ task, target, dataset, split, training, deploy, secondsByStage }: Report): Html {
  const seconds = Object.entries(secondsByStage).map(([stage, value]) => `${stage} ${figure(value)} s`)
  const entries: [string, Html | string][] = [
    ['Task', html`${task}, target ${name(target)}`],
    ['Dataset', dataset],
    [
      'Rows',
      `${split.training} to learn from, ${split.validation} to validate, ${split.test} to test, ${split.unusable} without a target${splitBy(split)}`,
    ],
    ['Network', `${training.parameters} parameters, ${training.networkInputs} inputs`],
    [
      'Training',
      `${training.epochs} epochs, ${training.steps} steps${training.bestEpoch === null ? '' : `, the best epoch is ${training.bestEpoch}`}`,
    ],
    ['Deployment', `${deploy.alias} ${deploy.move ? 'moves here' : 'stays'}: ${deploy.reason}`],
    ['Time', seconds.join(', ')],
  ]
  return html`<dl>${entries.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>`
}

function splitBy({ by, column, from, groups }: Report['split']): string {
  if (by === undefined) return ''
  if (column !== undefined) {
    const since = from && ` (to test from ${from.test ?? 'none'} on)`
    const parts = groups && ` (${groups.training}, ${groups.validation} and ${groups.test} groups)`
    return `, split by ${by === 'column' ? '' : `${by}, `}${column}${since ?? parts ?? ''}`
  }
  return by === 'stratified' ? ', split by chance within each class' : ', split by chance'
}

const remarks = (title: string, list: readonly Finding[]): Html =>
  list.length === 0
    ? html``
    : html`<section><h2>${title}</h2><ul class="warnings">${list.map(remark)}</ul></section>`

const remark = ({ code, column, detail, remedy }: Finding): Html =>
  html`<li><code>${code}</code>${column === undefined ? '' : html`${name(column)}: `}${detail}. ${remedy}.</li>`

const otherDataset = ({ report }: { readonly report: EvaluationReport }): Html =>
  html`<section><h2>On ${name(report.dataset)}</h2></section>${metricsSection(report.evaluation, `of ${report.dataset}${report.unusable === 0 ? '' : `, beside ${report.unusable} without a target that the version knows`}`)}${classesSection(report.evaluation.details)}${residualsSection(report.evaluation.details, report.target)}${importanceSection(report.importance)}${slicesSection(report.slices)}`
