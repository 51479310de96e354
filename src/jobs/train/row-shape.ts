import type { Family, RowKind } from '../../contracts/family.js'
import { invalid } from './catalogue.js'

/** Smaller rows are no image by themselves: their shape must be given. */
const smallestSide = 4

const layouts: Readonly<Record<RowKind, { rank: number; text: string }>> = {
  vector: { rank: 1, text: '[columns]' },
  tokens: { rank: 1, text: '[length]' },
  series: { rank: 2, text: '[steps, features]' },
  image: { rank: 3, text: '[height, width, channels]' },
}

/**
 * The shape in which the numbers of a row go into the network, in the order of the columns.
 *
 * @param given what the job asks for; without it images are square and grey, and each column is a step of a series
 * @param columns of a row after the transforms
 * @throws FlywheelError specification-invalid when the columns do not fill that shape
 */
export function rowShape(
  { name, rows }: Pick<Family, 'name' | 'rows'>,
  { given, columns }: { readonly given: readonly number[] | undefined; readonly columns: number },
): number[] {
  // A table holds measurements: a family over tokens alone has its tasks elsewhere.
  const [kind] = rows.filter((each) => each !== 'tokens') as [RowKind]
  const { rank, text } = layouts[kind]
  const expected = `${text} for the family ${name}, whose product is ${columns}, the columns after the transforms`
  const shape = given ?? usualShape(kind, columns)
  const size = shape?.reduce((product, each) => product * each, 1)
  if (shape === null || shape.length !== rank || size !== columns)
    throw invalid('inputShape', expected, given)
  return [...shape]
}

function usualShape(kind: RowKind, columns: number): number[] | null {
  if (kind === 'vector') return [columns]
  if (kind === 'series') return [columns, 1]
  const side = Math.sqrt(columns)
  return Number.isInteger(side) && side >= smallestSide ? [side, side, 1] : null
}
