import type { Report } from '../../report.js'
import { type Html, html } from '../html.js'
import { axisOf, guide, line, type Point, panel, plot } from '../plot.js'

/** Not drawn: numbers of the epoch rather than figures of it. */
const others = new Set(['epoch', 'learningRate', 'learning_rate', 'seconds'])

/** A plot for the loss and for each metric: training rows, validation rows beside them, and the epoch that was kept. */
export function historySection({ history, training }: Pick<Report, 'history' | 'training'>): Html {
  const kept = training.bestWeightsRestored ? training.bestEpoch : null
  const known = new Set(history.flatMap((epoch) => Object.keys(epoch)))
  const names = [...known].filter((each) => !each.startsWith('val_') && !others.has(each))
  if (history.length === 0 || names.length === 0) return html``
  const panels = names.map((metric) => {
    const series = [metric, `val_${metric}`].filter((each) => known.has(each))
    const lines = series.map((each) =>
      history.flatMap((epoch, at): Point[] =>
        epoch[each] === undefined ? [] : [[epoch.epoch ?? at + 1, epoch[each]]],
      ),
    )
    const x = axisOf(
      'epoch',
      lines.flat().map(([at]) => at),
    )
    const y = axisOf(
      metric,
      lines.flat().map(([, value]) => value),
    )
    const drawn = plot({ title: `${metric} by epoch`, x, y }, (scale) => [
      ...(kept === null ? [] : [guide([kept, y.min], [kept, y.max], scale)]),
      ...lines.map((points, at) => line(points, { scale, series: at })),
    ])
    return panel(
      metric,
      drawn,
      series.map((each) => (each === metric ? 'training rows' : 'validation rows')),
    )
  })
  const about = kept !== null && html`<p>The weights are those of epoch ${kept}, the dashed line.</p>`
  return html`<section><h2>Learning curves</h2>${about}<div class="panels">${panels}</div></section>`
}
