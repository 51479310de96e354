import type { Family, Input, RowKind } from '../../contracts/family.js'
import type { TensorLayout } from '../../contracts/table.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { invalid } from './catalogue.js'

/** Smaller rows are no image by themselves: their shape must be given. */
const smallestSide = 4

const layouts: Readonly<Record<RowKind, { rank: number; text: string }>> = {
  vector: { rank: 1, text: '[columns]' },
  bag: { rank: 2, text: '[2, length]' },
  tokens: { rank: 1, text: '[length]' },
  series: { rank: 2, text: '[steps, features]' },
  image: { rank: 3, text: '[height, width, channels]' },
}

/**
 * The network's input: what the transforms give, which columns of numbers fill in their order.
 *
 * @param given the layout that the job asks for; without it images are square and grey, and each column is a step
 *   of a series
 * @param row what the numbers of a row are after the transforms
 * @throws FlywheelError specification-invalid when the family does not take it, or the columns do not fill the layout
 */
export function networkInput(
  { name, rows }: Pick<Family, 'name' | 'rows'>,
  { given, row }: { readonly given: readonly number[] | undefined; readonly row: TensorLayout },
): Input {
  const { rowKind, ...layout } = row
  if (rowKind !== 'vector') {
    if (given !== undefined)
      throw invalid('inputShape', `none, since the transforms give ${rowKind} rows`, given)
    if (rows.includes(rowKind)) return { name: 'features', ...layout }
    throw invalid('family', `a family for ${rowKind} rows; ${name} takes ${rows.join(', ')}`, name)
  }
  const columns = sizeOfShape(row.shape)
  // Columns are measurements: what takes tokens alone gets them from its own transforms.
  const kinds = rows.filter((each) => each !== 'tokens' && each !== 'bag')
  const kind = kinds.find((each) => layouts[each].rank === given?.length) ?? kinds[0]
  if (kind === undefined)
    throw invalid('family', `a family for columns of numbers; ${name} takes ${rows.join(', ')}`, name)
  const { rank, text } = layouts[kind]
  const shape = given ?? usualShape(kind, columns)
  if (shape === null || shape.length !== rank || sizeOfShape(shape) !== columns) {
    const expected = `${text} for the family ${name}, whose product is ${columns}, the columns after the transforms`
    throw invalid('inputShape', expected, given)
  }
  return { name: 'features', shape: [...shape] }
}

function usualShape(kind: RowKind, columns: number): number[] | null {
  if (kind === 'vector') return [columns]
  if (kind === 'series') return [columns, 1]
  const side = Math.sqrt(columns)
  return Number.isInteger(side) && side >= smallestSide ? [side, side, 1] : null
}
