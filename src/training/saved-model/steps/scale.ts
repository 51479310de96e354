import type { ColumnsGraph, GraphStep, NumericOutput } from '../columns-graph.js'

interface State {
  readonly subtract: readonly number[]
  readonly divideBy: readonly number[]
}

const scale = {
  name: 'scale',
  build(graph: ColumnsGraph, columns: readonly NumericOutput[], { subtract, divideBy }: State) {
    const less = graph.compute('Sub', graph.matrix(columns), graph.numbers(subtract))
    return graph.columns(
      graph.compute('RealDiv', less, graph.numbers(divideBy)),
      columns.map(({ name }) => name),
    )
  },
} satisfies GraphStep
export default scale
