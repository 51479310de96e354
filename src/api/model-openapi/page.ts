import { html } from '../../evaluation/page/html.js'
import type { Deployed } from '../../serving/deployments.js'
import type { ModelDescription } from './document.js'

/** The description of a model as one page that runs nothing. */
export function modelPage({ model, version, signature }: Deployed, description: ModelDescription): string {
  const { row, samples } = description
  const classes = signature.classes.map(String)
  const answer =
    classes.length === 0
      ? html`<code>value</code>, a number`
      : html`<code>label</code>, one of ${classes.map((label, at) => html`${at > 0 ? ', ' : ''}<code>${label}</code>`)}, and <code>probabilities</code>`
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${model}: how to ask it</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
  pre { background: #f5f5f5; padding: 1rem; overflow-x: auto; }
</style>
</head>
<body>
<h1>${model}, version ${version}</h1>
<p>Predicts <code>${signature.target}</code>: it answers ${answer}.
<a href="/v1/models/${model}/openapi.json">OpenAPI</a></p>
<h2>Columns</h2>
<table>
<thead><tr><th>Column</th><th>Type</th><th>Example</th></tr></thead>
<tbody>
${signature.inputs.map(({ name, type }) => html`<tr><td><code>${name}</code></td><td>${type}</td><td><code>${JSON.stringify(row[name])}</code></td></tr>`)}
</tbody>
</table>
${samples.map(({ label, source }) => html`<h2>${label}</h2><pre><code>${source}</code></pre>`)}
</body>
</html>
`
  return page.markup
}
