import type { Compression } from '../../report/compression-schema.js'
import { figure, type Html, html } from '../html.js'

/** A compressed version beside the one that it was made from. */
export function compressionSection(compression: Compression | undefined): Html {
  if (compression === undefined) return html``
  const { method, parent, sizeBytes, servedBytes, memoryBytes, latency, metrics, rows, accept } = compression
  return html`<section><h2>Compression</h2>
<p>Made from ${parent} by ${method}; both have answered the same ${rows} test rows.${accept && html` ${accept.accepted ? 'Accepted' : 'Refused'}: ${accept.reasons.join('; ')}.`}</p>
<table><thead><tr><th></th><th>${parent}</th><th>This version</th><th>p of the difference</th></tr></thead><tbody>
${row('bytes of all files', sizeBytes)}${row('bytes that a predictor loads', servedBytes)}${row('bytes of memory', memoryBytes)}
${latency.map((times) => [
  row(`median ms for ${times.rows} rows`, { parent: times.parent.p50Ms, child: times.child.p50Ms }),
  row(`99th percentile of ms for ${times.rows} rows`, {
    parent: times.parent.p99Ms,
    child: times.child.p99Ms,
  }),
])}
${Object.entries(metrics).map(([metric, figures]) => row(metric, figures))}</tbody></table></section>`
}

function row(
  label: string,
  { parent, child, pValue }: { parent: number | null; child: number | null; pValue?: number | null },
): Html {
  return html`<tr><th scope="row">${label}</th><td>${figure(parent)}</td><td>${figure(child)}</td><td>${pValue !== undefined && figure(pValue)}</td></tr>`
}
