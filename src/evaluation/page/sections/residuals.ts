import type { Details } from '../../report/evaluation-schema.js'
import { type Html, html } from '../html.js'
import { axisOf, bar, dots, guide, panel, plot } from '../plot.js'

/** Predicted values by true ones, and how the errors are spread. */
export function residualsSection({ residuals }: Details, target: string): Html {
  if (residuals === undefined) return html``
  const { edges, counts, predictedByTrue } = residuals
  const both = axisOf('', predictedByTrue.flat())
  const scatter = plot(
    {
      title: 'Predicted by true values',
      x: { ...both, label: `true ${target.slice(0, 30)}` },
      y: { ...both, label: 'predicted' },
    },
    (scale) => [
      guide([both.min, both.min], [both.max, both.max], scale),
      dots(predictedByTrue, { scale, series: 0 }),
    ],
  )
  const most = counts.reduce((largest, count) => Math.max(largest, count), 1)
  const histogram = plot(
    {
      title: 'Residuals',
      x: axisOf('true less predicted value', edges),
      y: { label: 'rows', min: 0, max: most * 1.05 },
    },
    (scale) =>
      counts.map((height, at) =>
        bar({ from: edges[at] as number, to: edges[at + 1] as number, height }, { scale, series: 0 }),
      ),
  )
  const byTrue = plot(
    {
      title: 'Residuals by predicted value',
      x: axisOf(
        'predicted',
        predictedByTrue.map(([, predicted]) => predicted),
      ),
      y: axisOf(
        'true less predicted',
        predictedByTrue.map(([truth, predicted]) => truth - predicted),
      ),
    },
    (scale) => [
      dots(
        predictedByTrue.map(([truth, predicted]) => [predicted, truth - predicted] as const),
        { scale, series: 0 },
      ),
    ],
  )
  return html`<section><h2>Residuals</h2><div class="panels">${panel('Predicted by true values', scatter)}${panel('Residuals', histogram)}${panel('Residuals by predicted value', byTrue)}</div></section>`
}
