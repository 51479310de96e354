import type { Finding, TargetExamination, TargetQuestion } from '../../contracts/dataset.js'
import type { SampleColumn } from '../sample-rows.js'
import { counted, groupSpellings, type MergedSpelling, mergedOf, shownSpellings } from '../spelling.js'
import { findLeakage } from './leakage.js'

/** The most frequent class with so many times the rows of the rarest is worth a word. */
const IMBALANCE = 10

/** What rows show about a target. */
export interface TargetRows {
  /** Rows of each value of the target, over all rows, missing ones not counted; null for a regression. */
  readonly counts: ReadonlyMap<string, number> | null
  /** Some rows of all columns, the target included. */
  readonly sample: readonly SampleColumn[]
}

/** Says what a job should know about its target: its classes, and columns that tell it by themselves. */
export function examineTarget(
  { target, kind, mergeLabels }: TargetQuestion,
  { counts, sample }: TargetRows,
): TargetExamination {
  const groups = counts === null ? null : groupsOf(counts, mergeLabels)
  const others = sample.filter(({ name }) => name !== target)
  const encoded = encode(sample.find(({ name }) => name === target)?.values ?? [], counts)
  const merged = groups === null || !mergeLabels ? [] : mergedOf(groups)
  const findings: Finding[] = merged.length > 0 ? [mergedFinding(target, merged)] : []
  if (groups !== null) findings.push(...imbalanceFindings(target, groups))
  for (const { column, share, rows } of findLeakage(others, { target: encoded, kind })) {
    const guess = kind === 'classification' ? 'the most frequent class' : 'the mean'
    findings.push({
      code: 'leakage',
      column,
      detail: `${column} alone predicts ${target}: it avoids ${(100 * share).toFixed(1)} % of the error of always answering ${guess} (cross-validated on ${rows} rows)`,
      remedy: 'Leave it out through features, unless it is known before the target is',
    })
  }
  const rows = groups?.map(rowsOf) ?? null
  return { classes: rows?.length ?? null, smallestClass: rows && Math.min(...rows), findings }
}

/** [rows]: numbers, or the number of the label's class; NaN where it is missing. A copy may be spelt in its own ways. */
function encode(values: SampleColumn['values'], counts: TargetRows['counts']): Float64Array {
  const merged = counts === null ? null : groupSpellings(counts)
  const groups = merged === null || merged.length > 1 ? merged : groupsOf(counts ?? new Map(), false)
  const classOf = new Map(
    groups?.flatMap(({ spellings }, index) => spellings.map(({ text }) => [text, index] as const)),
  )
  return Float64Array.from(values, (value) => {
    if (value === null) return Number.NaN
    return groups === null ? Number(value) : (classOf.get(String(value)) ?? Number.NaN)
  })
}

const mergedFinding = (target: string, merged: readonly MergedSpelling[]): Finding => ({
  code: 'label-case',
  column: target,
  detail: `${counted(merged)} ${merged.length === 1 ? 'is' : 'are'} merged into the class of a more frequent one: ${shownSpellings(merged)}`,
  remedy: 'Nothing; or keep them apart with mergeLabels: false',
})

function groupsOf(counts: ReadonlyMap<string, number>, mergeLabels: boolean) {
  if (mergeLabels) return groupSpellings(counts)
  return [...counts].map(([text, rows]) => ({ key: text, spellings: [{ text, rows }] }))
}

const rowsOf = ({ spellings }: ReturnType<typeof groupsOf>[number]): number =>
  spellings.reduce((sum, { rows }) => sum + rows, 0)

function imbalanceFindings(target: string, groups: ReturnType<typeof groupsOf>): Finding[] {
  const classes = groups
    .map((group) => ({ label: group.spellings[0]?.text ?? '', rows: rowsOf(group) }))
    .sort((a, b) => b.rows - a.rows || (a.label < b.label ? -1 : 1))
  const [first, last] = [classes[0], classes.at(-1)]
  if (!first || !last || classes.length < 2 || first.rows < IMBALANCE * last.rows) return []
  return [
    {
      code: 'class-imbalance',
      column: target,
      detail: `${JSON.stringify(first.label)} has ${first.rows} rows, ${JSON.stringify(last.label)} ${last.rows}: accuracy says little about the rare class`,
      remedy:
        'Look at balanced-accuracy and the figures of each class; training.classWeights "balanced" weighs rare ones up',
    },
  ]
}
