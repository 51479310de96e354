import type { Search } from '../../report/search-schema.js'
import { figure, type Html, html, name } from '../html.js'

const MAX_SHOWN = 100
const MAX_VALUE = 60

/** What a search has tried, the best first, with its baselines always among them. */
export function trialsSection(search: Search | undefined): Html {
  if (search === undefined) return html``
  const { metric, direction, trials, trivial, best, statement, method, validation } = search
  const sign = direction === 'maximise' ? 1 : -1
  const worst = Number.NEGATIVE_INFINITY
  const sorted = [...trials].sort((a, b) => scored(b.value) - scored(a.value) || a.number - b.number)
  const references = sorted.filter((trial) => trial.name !== 'trial')
  const shown = sorted.filter((trial, at) => at < MAX_SHOWN || references.includes(trial))
  const searched = shown.filter((trial) => trial.name === 'trial')
  const paths = [...new Set(searched.flatMap(({ parameters }) => Object.keys(parameters)))]
  const besides = ({ parameters }: (typeof shown)[number]) =>
    Object.keys(parameters).flatMap((path) =>
      paths.includes(path) ? [] : [html`${name(path)} = ${written(parameters[path])} `],
    )
  const lines = shown.map(
    (trial) =>
      html`<tr><th scope="row">${trial.number}${trial.number === best && ' ★'}</th><td class="note">${trial.name}</td><td>${figure(trial.value)}</td><td>${figure(trial.epochs)}</td><td>${figure(trial.seconds)}</td>${paths.map((path) => html`<td>${written(trial.parameters[path])}</td>`)}<td class="note">${besides(trial)}${trial.reason !== undefined && name(trial.reason)}</td></tr>`,
  )
  return html`<section><h2>Trials</h2>
<p>${statement}</p><p>${shown.length} of ${trials.length} trials by ${method}, compared by ${metric} on ${validation.rows} validation rows; ★ is this version.</p>
<table><thead><tr><th>Trial</th><th></th><th>${metric}</th><th>Epochs</th><th>Seconds</th>${paths.map((path) => html`<th title="${path}">${name(path.split('.').at(-1))}</th>`)}<th></th></tr></thead><tbody>${lines}<tr><th scope="row">–</th><td class="note">trivial</td><td>${figure(trivial.value)}</td><td>–</td><td>–</td>${paths.map(() => html`<td></td>`)}<td class="note">${name(trivial.predictor)}</td></tr></tbody></table></section>`

  function scored(value: number | null): number {
    return value === null ? worst : sign * value
  }
}

/** Nothing where a trial is as the default in it. */
function written(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return figure(value)
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, MAX_VALUE)
}
