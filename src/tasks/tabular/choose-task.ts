import { type DatasetColumn, kindOfType } from '../../contracts/dataset.js'

/** Integers with few values, each seen often, are classes (the digits 0–9); all other numbers are quantities. */
const MAX_INTEGER_CLASSES = 20
const MIN_ROWS_PER_VALUE = 5

export interface TaskChoice {
  readonly task: string
  /** The rule in words. */
  readonly reason: string
}

/**
 * Chooses the task for a target, with the rule in words.
 *
 * @param options.rows rows of the dataset; where the column does not say how often its rarest value stands, the mean is
 *   asked
 * @param options.text the feature that is learnt from alone, where it is text
 * @param options.image the feature that is learnt from alone, where it is an image
 */
export function chooseTask(
  target: DatasetColumn,
  {
    rows,
    text = null,
    image = null,
  }: {
    readonly rows: number
    readonly text?: DatasetColumn | null
    readonly image?: DatasetColumn | null
  },
): TaskChoice {
  const choice = byTarget(target, rows)
  if (image !== null && choice.task === 'tabular-classification') {
    return { task: 'image-classification', reason: `${choice.reason}, told by the image ${image.name}` }
  }
  if (text === null || choice.task !== 'tabular-classification') return choice
  return { task: 'text-classification', reason: `${choice.reason}, told by the text ${text.name}` }
}

function byTarget({ name, type, distinct, missing, rarestRows }: DatasetColumn, rows: number): TaskChoice {
  if (kindOfType(type) === 'text' || type === 'boolean') {
    return { task: 'tabular-classification', reason: `the target ${name} is ${type}: its values are classes` }
  }
  const rowsPerValue = rarestRows ?? (rows - missing) / Math.max(distinct, 1)
  if (type === 'integer' && distinct <= MAX_INTEGER_CLASSES && rowsPerValue >= MIN_ROWS_PER_VALUE) {
    return {
      task: 'tabular-classification',
      reason: `the target ${name} holds ${distinct} different integers (at most ${MAX_INTEGER_CLASSES}), with at least ${MIN_ROWS_PER_VALUE} rows for each: its values are classes`,
    }
  }
  const why =
    type === 'number'
      ? 'holds numbers with fractions'
      : distinct > MAX_INTEGER_CLASSES
        ? `holds ${distinct} different integers (more than ${MAX_INTEGER_CLASSES})`
        : `has fewer than ${MIN_ROWS_PER_VALUE} rows for a value`
  return { task: 'tabular-regression', reason: `the target ${name} ${why}: it is a quantity` }
}
