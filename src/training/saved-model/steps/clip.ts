import type { ColumnsGraph, GraphStep, NumericOutput } from '../columns-graph.js'

interface State {
  readonly bounds: readonly { readonly minimum: number | null; readonly maximum: number | null }[]
}

const clip = {
  name: 'clip',
  build(graph: ColumnsGraph, columns: readonly NumericOutput[], { bounds }: State) {
    const values = graph.matrix(columns)
    const least = graph.numbers(bounds.map(({ minimum }) => minimum ?? Number.NEGATIVE_INFINITY))
    const most = graph.numbers(bounds.map(({ maximum }) => maximum ?? Number.POSITIVE_INFINITY))
    const raised = graph.choose(graph.compare('Less', values, least), [least, values])
    return graph.columns(
      graph.choose(graph.compare('Greater', raised, most), [most, raised]),
      columns.map(({ name }) => name),
    )
  },
} satisfies GraphStep
export default clip
