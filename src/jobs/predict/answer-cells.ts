import type { DuckDBValue } from '@duckdb/node-api'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Label, Prediction } from '../../contracts/task.js'
import { conformalQuantile, conformalSet } from '../../evaluation/calibration/conformal.js'
import { invalid } from '../train/catalogue.js'
import type { AnswerColumn } from './answer-columns.js'
import type { PredictSpecification } from './request.js'

/** The cell of a column for one answer; null for a row that has none. */
export type CellWriter = (prediction: Prediction | null) => DuckDBValue

/**
 * How each column's cells come from answers.
 *
 * @throws FlywheelError specification-invalid where sets or intervals are asked of a version without validation rows
 */
export function cellWriters(
  columns: readonly AnswerColumn[],
  {
    manifest: { calibration },
    classes,
    conformal,
  }: {
    readonly manifest: Pick<ModelManifest, 'calibration'>
    readonly classes: readonly Label[]
  } & Pick<PredictSpecification, 'conformal'>,
): readonly CellWriter[] {
  if (conformal !== null && calibration === undefined) {
    throw invalid('conformal', 'nothing, for a version without validation rows', conformal)
  }
  const quantile = conformalQuantile(calibration?.scores ?? [], conformal ?? 0)
  const names = classes.map(String)
  return columns.map((column) => {
    const write = writerOf(column)
    return (prediction) => (prediction === null ? null : write(prediction))
  })

  function writerOf(column: AnswerColumn): (prediction: Prediction) => DuckDBValue {
    switch (column.holds) {
      case 'label':
        return (prediction) => cellOfLabel(labelOf(prediction), column.type)
      case 'probability': {
        const name = names[column.unit] as string
        return (prediction) => probabilitiesOf(prediction)[name] ?? null
      }
      case 'set':
        return (prediction) => {
          const probabilities = probabilitiesOf(prediction)
          const units = conformalSet(
            names.map((name) => probabilities[name] as number),
            quantile,
          )
          return JSON.stringify(units.map((unit) => names[unit]))
        }
      case 'value':
        return numberOf
      // Without bound where there are too few validation rows to promise one.
      case 'lower':
        return (prediction) => (Number.isFinite(quantile) ? numberOf(prediction) - quantile : null)
      case 'upper':
        return (prediction) => (Number.isFinite(quantile) ? numberOf(prediction) + quantile : null)
    }
  }
}

const cellOfLabel = (label: Label, type: AnswerColumn['type']): DuckDBValue => {
  if (type === 'integer') return BigInt(label as number)
  return type === 'category' ? String(label) : label
}

function labelOf(prediction: Prediction): Label {
  if ('label' in prediction) return prediction.label
  throw new TypeError('a regression has no label')
}

function probabilitiesOf(prediction: Prediction): Readonly<Record<string, number>> {
  if ('label' in prediction) return prediction.probabilities
  throw new TypeError('a regression has no probabilities')
}

function numberOf(prediction: Prediction): number {
  if ('value' in prediction) return prediction.value
  throw new TypeError('a classification has no value')
}
