import type { Conversion, Conversions, Operation } from '../operation.js'

/** The name of a matrix, or of its transpose: the last two axes change places. */
function matrix(operation: Operation, i: number, isTransposed: boolean): string {
  const name = operation.name(i)
  if (!isTransposed) return name
  const { rank } = operation.input(i)
  const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]
  return operation.to.one('Transpose', [name], { perm: { ints: perm } })
}

const product =
  (first: string, second: string): Conversion =>
  (operation) => {
    const a = matrix(operation, 0, operation.isSet(first))
    const b = matrix(operation, 1, operation.isSet(second))
    const rank = Math.max(operation.input(0).rank, operation.input(1).rank)
    return { rank, name: operation.to.one('MatMul', [a, b]) }
  }

export const products: Conversions = {
  MatMul: product('transpose_a', 'transpose_b'),
  BatchMatMulV2: product('adj_x', 'adj_y'),
}
