import type { Evaluation } from '../../report/evaluation-schema.js'
import { figure, type Html, html } from '../html.js'

/**
 * Every metric beside the trivial predictor's.
 *
 * @param about what the rows are: "that the version has not learnt from"
 */
export function metricsSection(
  { rows, metrics, baseline, undefinedMetrics }: Evaluation,
  about: string,
): Html {
  const lines = Object.entries(metrics).map(
    ([metric, value]) =>
      html`<tr><th scope="row">${metric}</th><td>${figure(value)}</td><td>${figure(baseline.metrics[metric])}</td><td class="note">${undefinedMetrics[metric] ?? ''}</td></tr>`,
  )
  return html`<section><h2>Metrics</h2><p>On ${rows} rows ${about}. The trivial predictor answers ${baseline.predictor}.</p>
<table><thead><tr><th>Metric</th><th>Version</th><th>Trivial predictor</th><th></th></tr></thead><tbody>${lines}</tbody></table></section>`
}
