import { Type } from 'typebox'
import type { Doubles, NumericColumn, TensorColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { newDoubles } from '../datasets/columns/doubles.js'
import { sizeOfShape } from '../datasets/select-rows.js'

const elements = {
  name: 'elements',
  summary:
    'Turns each number of a vector into a column of its own, "<column>[0]" and so on; those of a missing vector are ' +
    'missing: impute comes behind.',
  options: Type.Object({}, { additionalProperties: false }),
  accepts: 'tensor',
  fit: () => null,
  apply: (columns, _state?: null, _options?: object, doubles: Doubles = newDoubles) =>
    columns.flatMap((column) => elementsOf(column, doubles)),
} satisfies Transform<object, null, TensorColumn>
export default elements

function elementsOf({ name, values, shape }: TensorColumn, doubles: Doubles): NumericColumn[] {
  const size = sizeOfShape(shape)
  const rows = values.length / size
  return Array.from({ length: size }, (_, element) => {
    const own = doubles(rows)
    for (let row = 0, at = element; row < rows; row++, at += size) own[row] = values[at] as number
    return { kind: 'numeric' as const, name: `${name}[${element}]`, values: own }
  })
}
