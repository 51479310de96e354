import type { Column } from '../../contracts/table.js'
import { sizeOfShape } from '../../datasets/select-rows.js'

/** Tells whether the value of a row is missing. A block of numbers is where one of them is. */
export function isMissingAt(column: Column): (row: number) => boolean {
  switch (column.kind) {
    case 'numeric': {
      const { values } = column
      return (row) => Number.isNaN(values[row])
    }
    case 'text': {
      const { codes } = column
      return (row) => (codes[row] as number) < 0
    }
    case 'bytes': {
      const { values } = column
      return (row) => values[row] === null
    }
    case 'tensor': {
      const { values, shape } = column
      const size = sizeOfShape(shape)
      return (row) => values.subarray(row * size, (row + 1) * size).some(Number.isNaN)
    }
  }
}
