import type { Report } from '../../report.js'
import { figure, type Html, html, name } from '../html.js'

/** What the validation rows chose, and what it does on the rows of the report. */
export function decisionsSection({ calibration, evaluation: { details } }: Report): Html {
  if (calibration === undefined) return html``
  const { temperature, threshold, rows } = calibration
  return html`<section><h2>What the validation rows chose</h2><p>${rows} validation rows; no row of the metrics above had a say.</p>
${temperature && temperatureTable(temperature, details.temperature)}
${threshold && thresholdTable(threshold, details.threshold)}
${details.conformal && conformalTable(details.conformal)}</section>`
}

type Calibration = NonNullable<Report['calibration']>
type Details = Report['evaluation']['details']

function temperatureTable(
  { fitted, applied, reason, logLoss, expectedCalibrationError }: NonNullable<Calibration['temperature']>,
  effect: Details['temperature'],
): Html {
  const line = (label: string, { before, after }: { before: number | null; after: number | null }) =>
    html`<tr><th scope="row">${label}</th><td>${figure(before)}</td><td>${figure(after)}</td></tr>`
  return html`<h3>Temperature ${figure(fitted)}${applied ? '' : ', not applied'}</h3><p>${reason}.</p>
<table><thead><tr><th></th><th>Before</th><th>After</th></tr></thead><tbody>
${line('log loss, validation rows', logLoss)}${line('expected calibration error, validation rows', expectedCalibrationError)}
${effect && [line('log loss, these rows', effect.logLoss), line('expected calibration error, these rows', effect.expectedCalibrationError)]}
</tbody></table>`
}

function thresholdTable(
  { value, positive, costs, reason }: NonNullable<Calibration['threshold']>,
  effect: Details['threshold'],
): Html {
  const keys = ['cost', 'accuracy', 'precision', 'recall', 'falsePositives', 'falseNegatives'] as const
  return html`<h3>Threshold ${figure(value)} for ${name(positive)}</h3>
<p>${reason}; a false positive costs ${figure(costs.falsePositive)}, a false negative ${figure(costs.falseNegative)}.</p>
${
  effect &&
  html`<table><thead><tr><th>On these rows</th><th>More probable class</th><th>By the threshold</th></tr></thead><tbody>
${keys.map((key) => html`<tr><th scope="row">${key}</th><td>${figure(effect.before[key])}</td><td>${figure(effect.after[key])}</td></tr>`)}</tbody></table>`
}`
}

function conformalTable({ scores, levels }: NonNullable<Details['conformal']>): Html {
  const lines = levels.map(
    ({ coverage, covered, meanSetSize, meanWidth }) =>
      html`<tr><th scope="row">${figure(coverage)}</th><td>${figure(covered)}</td><td>${figure(meanSetSize ?? meanWidth)}</td></tr>`,
  )
  const size = levels[0]?.meanSetSize === undefined ? 'Width of an interval' : 'Classes in a set'
  return html`<h3>Sets and intervals</h3><p>From ${scores} conformal scores.</p>
<table><thead><tr><th>Promised</th><th>Held on these rows</th><th>${size}</th></tr></thead><tbody>${lines}</tbody></table>`
}
