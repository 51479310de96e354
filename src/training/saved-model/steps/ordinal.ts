import type { ColumnsGraph, GraphStep, NumericOutput, TextOutput } from '../columns-graph.js'

const ordinal = {
  name: 'ordinal',
  build: (
    graph: ColumnsGraph,
    columns: readonly (NumericOutput | TextOutput)[],
    { categories }: { categories: readonly (readonly string[])[] },
    { unseen, missing }: { unseen: number; missing: number },
  ) =>
    columns.flatMap((column, i) => {
      const known = categories[i] as readonly string[]
      const matches = graph.matches(column, known)
      const places = graph.numbers([...known.keys()], [1, known.length])
      const place = graph.sumOf(graph.compute('Mul', graph.indicator(matches), places))
      const numbered = graph.choose(graph.anyOf(matches), [place, graph.numbers([unseen])])
      const isMissing = graph.missing(column)
      const values =
        isMissing === null ? numbered : graph.choose(isMissing, [graph.numbers([missing]), numbered])
      return graph.columns(values, [column.name])
    }),
} satisfies GraphStep
export default ordinal
