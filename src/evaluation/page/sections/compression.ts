import type { Compression } from '../../report/compression-schema.js'
import { figure, type Html, html } from '../html.js'

/** A compressed version beside the one that it was made from. */
export function compressionSection(compression: Compression | undefined): Html {
  if (compression === undefined) return html``
  const { method, parent, sizeBytes, servedBytes, latency, metrics, rows, accept } = compression
  const row = (label: string, before: number | null, after: number | null) =>
    html`<tr><th scope="row">${label}</th><td>${figure(before)}</td><td>${figure(after)}</td></tr>`
  return html`<section><h2>Compression</h2>
<p>Made from ${parent} by ${method}; both have answered the same ${rows} test rows.${accept && html` ${accept.accepted ? 'Accepted' : 'Refused'}: ${accept.reasons.join('; ')}.`}</p>
<table><thead><tr><th></th><th>${parent}</th><th>This version</th></tr></thead><tbody>
${row('bytes of all files', sizeBytes.parent, sizeBytes.child)}${row('bytes that a predictor loads', servedBytes.parent, servedBytes.child)}
${latency.map(({ rows: count, parent: before, child: after }) => row(`median ms for ${count} rows`, before.p50Ms, after.p50Ms))}
${Object.entries(metrics).map(([metric, figures]) => row(metric, figures.parent, figures.child))}</tbody></table></section>`
}
