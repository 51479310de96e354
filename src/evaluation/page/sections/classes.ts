import type { Details } from '../../report/evaluation-schema.js'
import { figure, type Html, html, name } from '../html.js'
import { bar, guide, line, marks, panel, plot, shareAxis } from '../plot.js'

/** A larger matrix is a blur. */
const MAX_MATRIX = 30
const MAX_CLASSES = 50
const MAX_LABELLED = 12
/** Of the matrix, and of a wide letter of its labels, in units of the drawing. */
const WIDTH = 380
const LETTER = 7

/** Confusion matrix, curves, reliability and figures of each class. */
export function classesSection(details: Details): Html {
  const { perClass, confusionMatrix, curves = [], reliability } = details
  if (perClass === undefined) return html``
  return html`<section><h2>Classes</h2><div class="panels">
${confusionMatrix && confusionPanel(confusionMatrix)}
${curves.length > 0 && curvePanels(curves)}
${reliability && reliabilityPanel(reliability)}
</div>${classTable(perClass)}</section>`
}

function confusionPanel({ classes, rowsAreTrueClasses }: NonNullable<Details['confusionMatrix']>): Html {
  if (classes.length > MAX_MATRIX) {
    return panel('Confusion matrix', html`<p>${classes.length} classes: see the report as JSON.</p>`)
  }
  const isLabelled = classes.length <= MAX_LABELLED
  const longest = classes.reduce((most: number, label) => Math.max(most, String(label).length), 0)
  const top = 24
  const left = isLabelled ? Math.min(Math.max(10 + longest * LETTER, 34), 130) : 34
  const cell = (WIDTH - left - 8) / classes.length
  const side = cell * classes.length
  const rows = rowsAreTrueClasses.map((counts, row) => {
    const sum = counts.reduce((total, count) => total + count, 0) || 1
    return counts.map((count, column) => {
      const [x, y] = [left + column * cell, top + row * cell]
      const share = count / sum
      const title = html`<title>${String(classes[row])} taken for ${String(classes[column])}: ${count}</title>`
      const text =
        isLabelled &&
        html`<text class="${share > 0.55 ? 'cell bright' : 'cell'}" x="${x + cell / 2}" y="${y + cell / 2 + 4}" text-anchor="middle">${count}</text>`
      return html`<g>${title}<rect class="${row === column ? 'hit' : 'miss'}" x="${x}" y="${y}" width="${cell}" height="${cell}" fill-opacity="${share.toFixed(3)}"/>${text}</g>`
    })
  })
  const labels = classes.map(
    (label, at) =>
      isLabelled &&
      html`<text class="tick" x="${left - 6}" y="${top + (at + 0.5) * cell + 4}" text-anchor="end">${cutTo(label, left - 10)}</text><text class="tick" x="${left + (at + 0.5) * cell}" y="${top + side + 16}" text-anchor="middle">${cutTo(label, cell)}</text>`,
  )
  return panel(
    'Confusion matrix',
    html`<svg role="img" viewBox="0 0 ${WIDTH} ${top + side + 46}" aria-label="Confusion matrix"><title>Confusion matrix</title>${rows}${labels}
<rect class="frame" x="${left}" y="${top}" width="${side}" height="${side}"/>
<text class="axis" x="${left + side / 2}" y="${top + side + 38}" text-anchor="middle">answered class</text>
<text class="axis" x="${left}" y="14">true class in rows; shaded by its share</text></svg>`,
  )
}

/** As much of a label as has room, its whole in the cells' titles. */
function cutTo(label: unknown, width: number): string {
  const [text, letters] = [String(label), Math.max(Math.floor(width / LETTER), 2)]
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text
}

function curvePanels(curves: NonNullable<Details['curves']>): Html {
  const legend = curves.map(({ label }) => name(label))
  const drawn = (which: 'roc' | 'precisionRecall', title: string, labels: [string, string]) =>
    plot({ title, x: shareAxis(labels[0]), y: shareAxis(labels[1]) }, (scale) => [
      ...(which === 'roc' ? [guide([0, 0], [1, 1], scale)] : []),
      ...curves.map((curve, series) => line(curve[which], { scale, series })),
    ])
  return html`${panel('ROC curve', drawn('roc', 'ROC curve', ['false positive rate', 'true positive rate']), legend)}
${panel('Precision over recall', drawn('precisionRecall', 'Precision over recall', ['recall', 'precision']), legend)}`
}

function reliabilityPanel(bins: NonNullable<Details['reliability']>): Html {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0) || 1
  // As large as the bin: a point of a few rows is hardly to be trusted.
  const points = bins.flatMap(({ confidence, accuracy, rows: own }): [number, number, number][] =>
    confidence === null || accuracy === null ? [] : [[confidence, accuracy, 1.5 + 6 * Math.sqrt(own / rows)]],
  )
  const drawn = plot(
    {
      title: 'Reliability',
      x: shareAxis('probability of the answered class'),
      y: shareAxis('share that is right'),
    },
    (scale) => [
      ...bins.map(({ from, to, rows: own }) => bar({ from, to, height: own / rows }, { scale, series: 1 })),
      guide([0, 0], [1, 1], scale),
      marks(points, { scale, series: 0 }),
    ],
  )
  return panel('Reliability', drawn, [
    'share that is right, as large as its share of the rows',
    'share of the rows',
  ])
}

function classTable(perClass: NonNullable<Details['perClass']>): Html {
  const lines = perClass
    .slice(0, MAX_CLASSES)
    .map(
      ({ label, support, predicted, precision, recall, f1 }) =>
        html`<tr><th scope="row">${name(label)}</th><td>${support}</td><td>${predicted}</td><td>${figure(precision)}</td><td>${figure(recall)}</td><td>${figure(f1)}</td></tr>`,
    )
  const more = perClass.length - lines.length
  return html`<table><thead><tr><th>Class</th><th>Rows</th><th>Taken for it</th><th>Precision</th><th>Recall</th><th>F1</th></tr></thead><tbody>${lines}</tbody></table>
${more > 0 && html`<p>${more} more classes stand in the report as JSON.</p>`}`
}
