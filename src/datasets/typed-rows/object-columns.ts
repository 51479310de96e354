import { checkColumnNames } from '../column-names.js'
import { LIMITS } from '../limits.js'
import { cellOfValue, describe, impossible } from './typed-cell.js'
import type { RowFault } from './typed-row.js'

/** Puts the values of flat objects into columns, in the order in which their names are first met. */
export class ObjectColumns {
  readonly names: string[]
  /** By column; undefined where the object has no such name. */
  readonly values: unknown[]
  readonly #columns: Map<string, number>
  readonly #areKnown: boolean
  #isOpen: boolean

  /** @param known the columns of the dataset that rows are appended to: other names are errors then */
  constructor(known?: readonly string[]) {
    this.names = [...(known ?? [])]
    this.values = new Array<unknown>(this.names.length)
    this.#columns = new Map(this.names.map((name, column) => [name, column]))
    this.#areKnown = known !== undefined
    this.#isOpen = known === undefined
  }

  /** No more columns come up from now on. */
  close(): void {
    this.#isOpen = false
  }

  /**
   * Takes an object's values.
   *
   * @returns what is wrong with it as a row; null for nothing
   * @throws FlywheelError dataset-invalid as soon as there are too many columns
   */
  place(value: unknown): RowFault[] | null {
    this.values.fill(undefined)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return [{ expected: 'a JSON object', received: describe(value) }]
    }
    const row = value as Record<string, unknown>
    return this.#isOpen ? this.#addColumns(row) : this.#fill(row)
  }

  /** A row that can not be read names no columns. */
  #addColumns(row: Record<string, unknown>): RowFault[] | null {
    let count = 0
    for (const name in row) {
      if (cellOfValue(row[name]) === null) return [{ name, ...impossible(row[name]) }]
      if (++count > LIMITS.columns) checkColumnNames(Object.keys(row))
    }
    for (const name in row) {
      let column = this.#columns.get(name)
      if (column === undefined) {
        column = this.names.push(name) - 1
        if (column === LIMITS.columns) checkColumnNames(this.names)
        this.#columns.set(name, column)
      }
      this.values[column] = row[name]
    }
    return null
  }

  #fill(row: Record<string, unknown>): RowFault[] | null {
    let faults: RowFault[] | null = null
    for (const name in row) {
      const entry = row[name]
      const column = this.#columns.get(name)
      if (column !== undefined) {
        this.values[column] = entry
        continue
      }
      const isImpossible = cellOfValue(entry) === null
      // Names that only bad rows have became no columns: what is bad about these rows is another value.
      if (!isImpossible && !this.#areKnown) continue
      faults ??= []
      const fault = { expected: 'a column of the dataset', received: describe(entry) }
      faults.push({ name, ...(isImpossible ? impossible(entry) : fault) })
    }
    return faults
  }
}
