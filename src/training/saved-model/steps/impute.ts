import { DataType } from '../../../tensorflow/data-types.js'
import type { ColumnOutput, ColumnsGraph, GraphStep, NumericOutput, TextOutput } from '../columns-graph.js'

interface State {
  readonly fill: readonly (number | string)[]
  readonly indicator: readonly boolean[]
}

const impute = {
  name: 'impute',
  build(graph: ColumnsGraph, columns: readonly (NumericOutput | TextOutput)[], { fill, indicator }: State) {
    if (indicator.every((isThere) => !isThere) && areNumeric(columns)) {
      const matrix = graph.matrix(columns)
      const values = graph.numbers(fill as readonly number[])
      const filled = graph.choose(graph.isNan(matrix), [values, matrix])
      return graph.columns(
        filled,
        columns.map(({ name }) => name),
      )
    }
    return columns.flatMap((column, i): ColumnOutput[] => {
      const filled =
        column.kind === 'numeric'
          ? filledNumbers(graph, column, fill[i] as number)
          : filledTexts(graph, column, fill[i] as string)
      if (!indicator[i]) return [filled]
      const missing = graph.missing(column)
      const name = `${column.name}:missing`
      const values = missing === null ? graph.numbers([0], [1, 1]) : graph.indicator(missing)
      return [filled, ...graph.columns(values, [name])]
    })
  },
} satisfies GraphStep
export default impute

const areNumeric = (columns: readonly ColumnOutput[]): columns is readonly NumericOutput[] =>
  columns.every(({ kind }) => kind === 'numeric')

function filledNumbers(graph: ColumnsGraph, column: NumericOutput, fill: number): NumericOutput {
  const values = graph.standing(column)
  const filled = graph.choose(graph.isNan(values), [graph.numbers([fill]), values])
  return graph.columns(filled, [column.name])[0] as NumericOutput
}

function filledTexts(graph: ColumnsGraph, column: TextOutput, fill: string): TextOutput {
  if (column.missing === null) return column
  const filled = graph.choose(column.missing, [graph.texts([fill]), column.of], DataType.STRING)
  return { ...column, of: filled, missing: null }
}
