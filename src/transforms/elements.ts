import { Type } from 'typebox'
import type { NumericColumn, TensorColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { sizeOfShape } from '../datasets/select-rows.js'

const elements = {
  name: 'elements',
  summary:
    'Turns each number of a vector into a column of its own, "<column>[0]" and so on; those of a missing vector are ' +
    'missing: impute comes behind.',
  options: Type.Object({}, { additionalProperties: false }),
  accepts: 'tensor',
  fit: () => null,
  apply: (columns) => columns.flatMap(elementsOf),
} satisfies Transform<object, null, TensorColumn>
export default elements

function elementsOf({ name, values, shape }: TensorColumn): NumericColumn[] {
  const size = sizeOfShape(shape)
  const rows = values.length / size
  return Array.from({ length: size }, (_, element) => ({
    kind: 'numeric' as const,
    name: `${name}[${element}]`,
    values: Float64Array.from({ length: rows }, (__, row) => values[row * size + element] as number),
  }))
}
