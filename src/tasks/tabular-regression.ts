import { FlywheelError } from '../contracts/errors.js'
import type { NumericColumn, ScalarColumn } from '../contracts/table.js'
import type { Task } from '../contracts/task.js'

/** Mean and population standard deviation of the training rows' target: the network learns (value − mean) / deviation. */
interface State {
  readonly mean: number
  readonly deviation: number
}

const tabularRegression: Task<State> = {
  name: 'tabular-regression',
  summary:
    'Tells a number for each row; the target is standardised for the network and given back in its own unit',
  kind: 'regression',
  family: 'mlp',
  metrics: ['rmse', 'mae', 'median-absolute-error', 'r2', 'explained-variance', 'mape'],
  refuses({ name, type, distinct }) {
    if (type !== 'number' && type !== 'integer') return `${name} is ${type}, not numeric`
    if (distinct === 0) return `${name} has no values`
    if (distinct === 1) return `${name} has one value; there is nothing to learn`
    return null
  },
  fit({ column, all, trainingRows }) {
    const { values } = numeric(all)
    let sum = 0
    for (const row of trainingRows) sum += values[row] as number
    const mean = sum / trainingRows.length
    let squares = 0
    for (const row of trainingRows) squares += ((values[row] as number) - mean) ** 2
    const deviation = Math.sqrt(squares / trainingRows.length)
    if (!Number.isFinite(deviation)) {
      throw new FlywheelError(
        'specification-invalid',
        `the target ${column.name} has values too large to square`,
        {
          errors: [{ path: 'target', expected: 'numbers below 1e154', received: column.name }],
        },
      )
    }
    return { mean, deviation: deviation || 1 }
  },
  encode: (target, { mean, deviation }) =>
    numeric(target).values.map((value) => inRange((value - mean) / deviation)),
  head: ({ mean, deviation }) => ({
    units: 1,
    activation: 'linear',
    loss: 'mean-squared-error',
    scale: { multiply: deviation, add: mean },
  }),
  classes: () => [],
  decode: (outputs) => Array.from(outputs, (value) => ({ value })),
}
export default tabularRegression

/** What a network of float32 can not take the square of counts as missing: it would make every loss infinite. */
const inRange = (standardised: number): number => (Math.abs(standardised) < 1e15 ? standardised : Number.NaN)

/** A text target can only come from feedback, where numbers may be written as text. */
function numeric(column: ScalarColumn): NumericColumn {
  if (column.kind === 'numeric') return column
  const numbers = column.dictionary.map((text) => (text.trim() === '' ? Number.NaN : Number(text)))
  const values = Float64Array.from(column.codes, (code) => {
    const value = code < 0 ? Number.NaN : (numbers[code] as number)
    return Number.isFinite(value) ? value : Number.NaN
  })
  return { kind: 'numeric', name: column.name, values }
}
