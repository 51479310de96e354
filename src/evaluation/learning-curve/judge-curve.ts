import type { LearningCurve } from '../report/learning-curve-schema.js'
import { errorAt, fitCurve } from './fit-curve.js'

/** A difference is taken for chance from there on. */
const SIGNIFICANCE = 0.05
/** Twice the rows that take less of the error than this are hardly worth collecting. */
const WORTHWHILE = 0.02

type Judged = Pick<LearningCurve, 'fit' | 'atTwice' | 'verdict' | 'statement'>

/**
 * Would more data help? By the fitted curve, and by whether the step from the last size but one to all rows is more than
 * chance.
 *
 * @param curve points in ascending order of rows
 */
export function judgeCurve({
  metric,
  direction,
  points,
  lastStep,
}: Pick<LearningCurve, 'metric' | 'direction' | 'points' | 'lastStep'>): Judged {
  const known = points.flatMap(({ rows, value }) => (value === null ? [] : [{ rows, value }]))
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined || known.length < 3) {
    const statement = `Whether more data would help can not be told: ${metric} is known of ${known.length} sizes, and it takes three.`
    return { fit: null, atTwice: null, verdict: 'unclear', statement }
  }
  const errorOf = (value: number) => (direction === 'maximise' ? 1 - value : value)
  const fit = fitCurve(known.map(({ rows, value }) => ({ rows, error: errorOf(value) })))
  const change = `from ${first.rows} to ${last.rows} rows ${metric} went from ${shown(first.value)} to ${shown(last.value)}`
  if (fit === null) {
    const statement = `More data of this kind would hardly help: ${change}, and does not get better with more rows.`
    return { fit, atTwice: null, verdict: 'no', statement }
  }
  const [now, expected] = [errorAt(fit, last.rows), errorAt(fit, 2 * last.rows)]
  const atTwice = direction === 'maximise' ? 1 - expected : expected
  const judged = (verdict: Judged['verdict'], words: string, doubt = ''): Judged => ({
    fit,
    atTwice,
    verdict,
    statement: `${words}: ${change}; with twice as many rows about ${shown(atTwice)} can be expected${doubt}.`,
  })
  if (now - expected < WORTHWHILE * now) return judged('no', 'More data would hardly help')
  if (lastStep !== null && lastStep.pValue < SIGNIFICANCE) return judged('yes', 'More data would help')
  const doubt =
    lastStep === null ? '' : `, though the last step may be chance (p = ${lastStep.pValue.toPrecision(2)})`
  return judged('unclear', 'More data may help', doubt)
}

const shown = (value: number): string => String(Number(value.toPrecision(4)))
