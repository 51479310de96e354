import type { ColumnsGraph, GraphStep, NumericOutput } from '../columns-graph.js'

const log = {
  name: 'log',
  build(graph: ColumnsGraph, columns: readonly NumericOutput[]) {
    const values = graph.matrix(columns)
    const below = graph.compute('Neg', graph.compute('Log1p', graph.compute('Neg', values)))
    const isBelow = graph.compare('Less', values, graph.numbers([0]))
    return graph.columns(
      graph.choose(isBelow, [below, graph.compute('Log1p', values)]),
      columns.map(({ name }) => name),
    )
  },
} satisfies GraphStep
export default log
