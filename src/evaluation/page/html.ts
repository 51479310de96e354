/** Markup that is safe as it stands: every text in it was escaped. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

type Content = Html | string | number | null | undefined | false | readonly Content[]

/** Markup with values in it: texts are escaped, for elements and quoted attributes alike; lists are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(
    parts.reduce((markup, part, at) => markup + (at === 0 ? '' : written(values[at - 1])) + part, ''),
  )
}

function written(value: Content): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.markup
  if (Array.isArray(value)) return value.map(written).join('')
  return escaped(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

const escaped = (text: string): string =>
  text.replace(/[&<>"'`]/g, (character) => entities[character] as string)

const MAX_NAME = 60

/** A name or label of the data: its writing direction kept to itself, long ones cut. */
export function name(value: unknown): Html {
  const text = value === null || value === undefined ? '(missing)' : String(value)
  if (text.length <= MAX_NAME) return html`<bdi>${text === '' ? '(empty)' : text}</bdi>`
  return html`<bdi title="${text.slice(0, 1000)}">${text.slice(0, MAX_NAME - 1)}…</bdi>`
}

/** A figure with 4 digits; "–" where it is undefined. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-4) return value.toExponential(3)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}
