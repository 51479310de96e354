import type { SliceOf, Slices } from '../../report/slices-schema.js'
import { figure, type Html, html, name } from '../html.js'

const MAX_SHOWN = 30
const MAX_METRICS = 5

/** The worst slices, with the first metrics and a bar for the difference to all rows: to the left where it is worse. */
export function slicesSection(slices: Slices | undefined): Html {
  if (slices === undefined || slices.columns.length === 0) return html``
  const { metric, direction, minRows, smallSlices, columnsLeftOut, rows } = slices
  if (slices.worst.length === 0) {
    return html`<section><h2>Slices</h2><p>None of the ${smallSlices} parts of ${rows} rows, by the values of ${slices.columns.length} features, has the ${minRows} rows that its figures would take to be more than chance.</p></section>`
  }
  const sign = direction === 'minimise' ? -1 : 1
  const shown = slices.worst.slice(0, MAX_SHOWN)
  const metrics = Object.keys(shown[0]?.metrics ?? {}).slice(0, MAX_METRICS)
  const most = shown.reduce((largest, { difference }) => Math.max(largest, Math.abs(difference ?? 0)), 0) || 1
  const lines = shown.map(
    (slice) =>
      html`<tr><th scope="row">${name(slice.column)} ${which(slice)}</th><td>${slice.rows}</td><td>${figure(slice.difference)}</td><td>${differenceBar((sign * (slice.difference ?? 0)) / most)}</td>${metrics.map((each) => html`<td>${figure(slice.metrics[each])}</td>`)}</tr>`,
  )
  return html`<section><h2>Slices</h2>
<p>Parts of ${rows} rows, the worst ${metric} first: ${shown.length} of ${slices.slices}. Bars to the left are worse than all rows together. Left out: ${smallSlices} with fewer than ${minRows} rows${columnsLeftOut > 0 && `, ${columnsLeftOut} features`}.</p>
<table><thead><tr><th>Rows with</th><th>Rows</th><th>Difference</th><th></th>${metrics.map((each) => html`<th>${each}</th>`)}</tr></thead><tbody>${lines}</tbody></table></section>`
}

const which = ({ value, from, to }: SliceOf): Html =>
  from === undefined ? html`= ${name(value)}` : html`from ${bound(from)} to ${bound(to)}`

const bound = (value: number | string | undefined): string =>
  typeof value === 'string' ? value : figure(value)

/** @param share of the largest difference, −1 to 1; what is worse is below 0 */
function differenceBar(share: number): Html {
  const width = Math.round(Math.abs(share) * 60)
  return html`<svg class="small" viewBox="0 0 124 12" aria-hidden="true"><line class="guide" x1="62" y1="0" x2="62" y2="12"/><rect class="${share < 0 ? 'f1' : 'f0'}" x="${share < 0 ? 62 - width : 62}" y="2" width="${width}" height="8"/></svg>`
}
