import { errorAt } from '../../learning-curve/fit-curve.js'
import type { LearningCurve } from '../../report/learning-curve-schema.js'
import { figure, type Html, html } from '../html.js'
import { axisOf, line, marks, type Point, panel, plot } from '../plot.js'

const DRAWN = 60

/** The metric by the number of rows that were learnt from, with the fitted curve up to twice as many. */
export function learningCurveSection(curve: LearningCurve | undefined): Html {
  if (curve === undefined) return html``
  const { metric, points, statement, testRows } = curve
  const measured = points.flatMap(({ rows, value }): Point[] => (value === null ? [] : [[rows, value]]))
  const fitted = fittedLine(curve)
  const all = [...measured, ...fitted]
  const x = axisOf(
    'rows learnt from',
    all.map(([rows]) => rows),
  )
  const y = axisOf(
    metric,
    all.map(([, value]) => value),
  )
  const drawn = plot({ title: `${metric} by rows`, x, y }, (scale) => [
    line(fitted, { scale, series: 1 }),
    marks(measured, { scale, series: 0 }),
  ])
  const lines = points.map(
    ({ share, rows, value }) =>
      html`<tr><th scope="row">${figure(100 * share)} %</th><td>${rows}</td><td>${figure(value)}</td></tr>`,
  )
  return html`<section><h2>Would more data help?</h2><p>${statement} On ${testRows} test rows.</p>
<div class="panels">${panel(metric, drawn, ['measured', 'fitted'])}</div>
<table><thead><tr><th>Share</th><th>Rows</th><th>${metric}</th></tr></thead><tbody>${lines}</tbody></table></section>`
}

function fittedLine({ fit, points, direction }: LearningCurve): Point[] {
  const [first, last] = [points[0], points.at(-1)]
  if (fit === null || first === undefined || last === undefined) return []
  const [from, to] = [Math.max(first.rows, 1), 2 * last.rows]
  return Array.from({ length: DRAWN }, (_, at): Point => {
    const rows = from * (to / from) ** (at / (DRAWN - 1))
    const error = errorAt(fit, rows)
    return [rows, direction === 'maximise' ? 1 - error : error]
  })
}
