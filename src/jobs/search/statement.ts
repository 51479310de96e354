import type { Search } from '../../evaluation/report/search-schema.js'

/** From there on a difference may be chance. */
const SIGNIFICANCE = 0.05

/** Says in words whether the search has improved on the default, and how sure that is. */
export function statementOf(
  search: Pick<Search, 'metric' | 'direction' | 'trials' | 'best' | 'improved' | 'validation' | 'test'>,
): string {
  const { metric, trials, best, improved, validation, test } = search
  const count = trials.filter(({ name, value }) => name === 'trial' && value !== null).length
  const on = `on ${validation.rows} validation rows`
  if (validation.default === null) {
    return `The default has no figure to compare with; trial ${best} is the best of ${count}: ${metric} ${shown(validation.best)} ${on}.`
  }
  if (!improved) {
    return `The search has not improved on the default: none of ${count} trials did better than its ${metric} of ${shown(validation.default)} ${on}.`
  }
  const name =
    trials.find(({ number }) => number === best)?.name === 'linear' ? 'The linear model' : `Trial ${best}`
  const chosen = `${name} does better than the default: ${metric} ${shown(validation.best)} against ${shown(validation.default)} ${on}, by which it was chosen out of ${count} trials`
  if (test.rows === 0 || test.best === null || test.default === null)
    return `${chosen}. There are no test rows to confirm it.`
  const figures = `on ${test.rows} test rows, which no choice has looked at, it has ${shown(test.best)} against ${shown(test.default)}`
  return `${chosen}; ${figures}${verdict(search)}.`
}

function verdict({ direction, test }: Pick<Search, 'direction' | 'test'>): string {
  const { best, default: first, pValue } = test
  const gain = ((best as number) - (first as number)) * (direction === 'maximise' ? 1 : -1)
  if (gain <= 0) return ': the improvement is not confirmed'
  if (pValue === null) return ''
  const p = `p = ${pValue.toPrecision(2)}`
  return pValue < SIGNIFICANCE
    ? ` (${p}): the improvement is confirmed`
    : ` (${p}): the difference may be chance`
}

const shown = (value: number | null): string =>
  value === null ? 'undefined' : String(Number(value.toPrecision(5)))
