import type { ColumnsGraph, GraphStep, NumericOutput } from '../columns-graph.js'

interface State {
  readonly means: readonly number[]
  /** By component, then by column. */
  readonly components: readonly (readonly number[])[]
}

const pca = {
  name: 'pca',
  build(
    graph: ColumnsGraph,
    columns: readonly NumericOutput[],
    { means, components }: State,
    { prefix }: { prefix: string },
  ) {
    const centred = graph.compute('Sub', graph.matrix(columns), graph.numbers(means))
    const weights = columns.flatMap((_, at) => components.map((component) => component[at] as number))
    const matrix = graph.numbers(weights, [columns.length, components.length])
    return graph.columns(
      graph.compute('MatMul', centred, matrix),
      components.map((_, at) => `${prefix}:${at}`),
    )
  },
} satisfies GraphStep
export default pca
