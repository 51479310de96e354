import type { Importance } from '../../report/slices-schema.js'
import { figure, type Html, html, name } from '../html.js'

const MAX_SHOWN = 30

/** How much worse the metric is with a feature's values shuffled. */
export function importanceSection(importance: Importance | undefined): Html {
  if (importance === undefined) return html``
  const { metric, rows, repeats, columns, reason } = importance
  const most = columns.reduce((largest, { loss }) => Math.max(largest, loss), 0) || 1
  const lines = columns
    .slice(0, MAX_SHOWN)
    .map(
      ({ column, loss, deviation }) =>
        html`<tr><th scope="row">${name(column)}</th><td>${figure(loss)}</td><td class="note">± ${figure(deviation)}</td><td><svg class="small" viewBox="0 0 124 12" aria-hidden="true"><rect class="f0" x="0" y="2" width="${Math.round((Math.max(loss, 0) / most) * 124)}" height="8"/></svg></td></tr>`,
    )
  return html`<section><h2>Feature importance</h2>
<p>How much worse ${metric} gets when a feature’s values are shuffled over ${rows} rows, the mean of ${repeats} shuffles.${reason !== undefined && ` ${reason}.`}</p>
${lines.length > 0 && html`<table><thead><tr><th>Feature</th><th>Loss</th><th></th><th></th></tr></thead><tbody>${lines}</tbody></table>`}</section>`
}
