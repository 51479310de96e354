import type { ColumnsGraph, GraphStep, NumericOutput } from '../columns-graph.js'

interface State {
  readonly lambda: readonly number[]
  readonly subtract: readonly number[]
  readonly divideBy: readonly number[]
}

const power = {
  name: 'power',
  build(graph: ColumnsGraph, columns: readonly NumericOutput[], { lambda, subtract, divideBy }: State) {
    return columns.flatMap((column, i) => {
      const bent = yeoJohnson(graph, graph.standing(column), lambda[i] as number)
      const less = graph.compute('Sub', bent, graph.numbers([subtract[i] as number]))
      return graph.columns(graph.compute('RealDiv', less, graph.numbers([divideBy[i] as number])), [
        column.name,
      ])
    })
  },
} satisfies GraphStep
export default power

/** As the transform computes it: Yeo and Johnson 2000. */
function yeoJohnson(graph: ColumnsGraph, x: ReturnType<ColumnsGraph['matrix']>, lambda: number) {
  const bent = (value: typeof x, by: number) => {
    const logarithm = graph.compute('Log1p', value)
    if (Math.abs(by) <= Number.EPSILON) return logarithm
    const grown = graph.compute('Expm1', graph.compute('Mul', logarithm, graph.numbers([by])))
    return graph.compute('RealDiv', grown, graph.numbers([by]))
  }
  const negative = graph.compute('Neg', bent(graph.compute('Neg', x), 2 - lambda))
  return graph.choose(graph.compare('Less', x, graph.numbers([0])), [negative, bent(x, lambda)])
}
