import type { Report } from '../../report.js'
import { figure, type Html, html } from '../html.js'

/** What the steps of the preprocessing have left out or repeated of the training rows. */
export function rowChangesSection(changes: Report['rowChanges'] = []): Html {
  if (changes.length === 0) return html``
  const lines = changes.map(
    ({ step, transform, before, dropped, repeated, after, weights }) =>
      html`<tr><th scope="row">${transform}, ${step}</th><td>${before}</td><td>${dropped}</td><td>${repeated}</td><td>${after}</td><td class="note">${weights && `weights ${figure(weights.least)} to ${figure(weights.most)}`}</td></tr>`,
  )
  return html`<section><h2>Rows that were learnt from</h2>
<table><thead><tr><th>Step</th><th>Before</th><th>Left out</th><th>Repeated</th><th>After</th><th></th></tr></thead><tbody>${lines}</tbody></table></section>`
}
