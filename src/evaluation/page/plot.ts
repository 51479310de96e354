import { figure, type Html, html } from './html.js'

export type Point = readonly [x: number, y: number]

export interface Axis {
  readonly label: string
  readonly min: number
  readonly max: number
  /** Where a mark stands; absent: at round numbers. */
  readonly ticks?: readonly number[]
}

/** In units of the drawing, which scales with the page. */
const WIDTH = 380
const HEIGHT = 270
const LEFT = 58
const RIGHT = 14
const TOP = 12
const BOTTOM = 44

/** Places a point of the data in the drawing. */
export interface Scale {
  x(value: number): number
  y(value: number): number
}

/** A plot with axes; `draw` fills it. */
export function plot(
  { title, x, y }: { readonly title: string; readonly x: Axis; readonly y: Axis },
  draw: (scale: Scale) => readonly Html[],
): Html {
  const [xSpan, ySpan] = [x.max - x.min || 1, y.max - y.min || 1]
  const scale: Scale = {
    x: (value) => round(LEFT + ((value - x.min) / xSpan) * (WIDTH - LEFT - RIGHT)),
    y: (value) => round(HEIGHT - BOTTOM - ((value - y.min) / ySpan) * (HEIGHT - TOP - BOTTOM)),
  }
  const [right, bottom] = [WIDTH - RIGHT, HEIGHT - BOTTOM]
  const xMarks = (x.ticks ?? roundTicks(x)).map(
    (tick) =>
      html`<line class="grid" x1="${scale.x(tick)}" y1="${TOP}" x2="${scale.x(tick)}" y2="${bottom}"/><text class="tick" x="${scale.x(tick)}" y="${bottom + 16}" text-anchor="middle">${figure(tick)}</text>`,
  )
  const yMarks = (y.ticks ?? roundTicks(y)).map(
    (tick) =>
      html`<line class="grid" x1="${LEFT}" y1="${scale.y(tick)}" x2="${right}" y2="${scale.y(tick)}"/><text class="tick" x="${LEFT - 6}" y="${scale.y(tick) + 4}" text-anchor="end">${figure(tick)}</text>`,
  )
  return html`<svg role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-label="${title}">
<title>${title}</title>${xMarks}${yMarks}
<rect class="frame" x="${LEFT}" y="${TOP}" width="${right - LEFT}" height="${bottom - TOP}"/>
${draw(scale)}
<text class="axis" x="${(LEFT + right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x.label}</text>
<text class="axis" x="14" y="${(TOP + bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(TOP + bottom) / 2})">${y.label}</text>
</svg>`
}

const round = (value: number): number => Math.round(value * 100) / 100

/** Four to ten round numbers within the axis. */
function roundTicks({ min, max }: Axis): number[] {
  const span = max - min
  if (!(span > 0)) return [min]
  const rough = span / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) as number) * power
  const first = Math.ceil(min / step - 1e-9)
  const count = Math.floor(max / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, at) => Number(((first + at) * step).toPrecision(12)))
}

/** An axis around values, a little wider than they are. */
export function axisOf(label: string, values: readonly number[]): Axis {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return { label, min: 0, max: 1 }
  const [min, max] = [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))]
  const margin = (max - min || Math.abs(max) || 1) * 0.04
  return { label, min: min - margin, max: max + margin }
}

/** From 0 to 1, with room for a line that runs along the edge. */
export const shareAxis = (label: string): Axis => ({
  label,
  min: -0.02,
  max: 1.02,
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
})

/** A line in the colour of a series, 0 to 9. */
export function line(points: readonly Point[], { scale, series }: { scale: Scale; series: number }): Html {
  const shown = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
  const path = shown.map(([x, y]) => `${scale.x(x)},${scale.y(y)}`).join(' ')
  if (shown.length === 1) return marks(shown, { scale, series })
  return html`<polyline class="line s${series % 10}" points="${path}"/>`
}

/** Many points: small and translucent, so that crowds show. */
export const dots = (points: readonly Point[], { scale, series }: { scale: Scale; series: number }): Html =>
  html`<g class="dots f${series % 10}">${points.map(([x, y]) => html`<circle cx="${scale.x(x)}" cy="${scale.y(y)}" r="2.2"/>`)}</g>`

/** A few points that are told one by one. */
export const marks = (
  points: readonly (readonly [x: number, y: number, radius?: number])[],
  { scale, series }: { scale: Scale; series: number },
): Html =>
  html`<g class="f${series % 10}">${points.map(([x, y, radius = 3.5]) => html`<circle cx="${scale.x(x)}" cy="${scale.y(y)}" r="${round(radius)}"/>`)}</g>`

/** The line on which both values are equal, or any other straight one. */
export const guide = (from: Point, to: Point, scale: Scale): Html =>
  html`<line class="guide" x1="${scale.x(from[0])}" y1="${scale.y(from[1])}" x2="${scale.x(to[0])}" y2="${scale.y(to[1])}"/>`

/** A bar that stands on 0. */
export function bar(
  { from, to, height }: { from: number; to: number; height: number },
  { scale, series }: { scale: Scale; series: number },
): Html {
  const [left, right, top, floor] = [scale.x(from), scale.x(to), scale.y(height), scale.y(0)]
  return html`<rect class="bar f${series % 10}" x="${left}" y="${top}" width="${round(Math.max(right - left - 1, 0.5))}" height="${round(Math.max(floor - top, 0))}"/>`
}

/** A figure with its heading, and what its colours mean. */
export const panel = (
  heading: string,
  content: Html | readonly Html[],
  legend: readonly (Html | string)[] = [],
): Html =>
  html`<figure><figcaption>${heading}</figcaption>${content}${
    legend.length > 0 &&
    html`<p class="legend">${legend.map((text, at) => html`<span class="key k${at % 10}">${text}</span>`)}</p>`
  }</figure>`
