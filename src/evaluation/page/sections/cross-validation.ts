import type { CrossValidation } from '../../report/cross-validation-schema.js'
import { figure, type Html, html, name } from '../html.js'

/** Every metric's mean over the folds with its interval, and what each fold gave. */
export function crossValidationSection(crossValidation: CrossValidation | undefined): Html {
  if (crossValidation === undefined) return html``
  const { folds, metrics, baseline, outOfFold, split } = crossValidation
  const lines = Object.entries(metrics).map(
    ([metric, { mean, interval, values }]) =>
      html`<tr><th scope="row">${metric}</th><td>${figure(mean)}</td><td>${interval === null ? '–' : `${figure(interval[0])} to ${figure(interval[1])}`}</td><td>${figure(baseline.metrics[metric])}</td>${values.map((value) => html`<td>${figure(value)}</td>`)}</tr>`,
  )
  return html`<section><h2>Cross-validation</h2>
<p>${outOfFold.rows} rows in ${folds.length} folds (${split.by}${split.column !== undefined && html` by ${name(split.column)}`}), each answered by a version that has learnt from the others. The interval holds the mean in 95 % of cases.${folds.some(({ chosen }) => chosen !== undefined) && ' In each fold the search was repeated on the other rows, and its choice has answered.'}</p>
<table><thead><tr><th>Metric</th><th>Mean</th><th>95 % interval</th><th>Trivial predictor</th>${folds.map(({ fold }) => html`<th>Fold ${fold}</th>`)}</tr></thead><tbody>${lines}</tbody></table></section>`
}
