import type { Signature } from '../../../serving/signature.js'

const examples: Readonly<Record<string, unknown>> = {
  integer: 1,
  number: 1,
  boolean: true,
  date: '2024-01-31',
  list: ['a'],
}

/** A row that a version takes, of no special values: what a README's example asks. */
export const exampleInstance = ({ inputs }: Pick<Signature, 'inputs'>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    inputs.map(({ name, type, length = 1 }) => [
      name,
      type === 'vector' ? Array<number>(length).fill(0) : (examples[type] ?? 'a'),
    ]),
  )
