import type { ColumnsGraph, GraphStep, NumericOutput } from '../columns-graph.js'

interface Binning {
  readonly starts: readonly number[]
  readonly missing: boolean
}

const bin = {
  name: 'bin',
  build: (
    graph: ColumnsGraph,
    columns: readonly NumericOutput[],
    { binnings }: { binnings: readonly Binning[] },
    { encode }: { encode: string },
  ) =>
    columns.flatMap((column, i) => {
      const { starts, missing } = binnings[i] as Binning
      const values = graph.standing(column)
      const isMissing = graph.isNan(values)
      const begun = graph.compare('GreaterEqual', values, graph.numbers(starts, [1, starts.length]))
      const place = graph.sumOf(graph.indicator(begun))
      if (encode === 'ordinal') {
        return graph.columns(graph.choose(isMissing, [graph.numbers([Number.NaN]), place]), [column.name])
      }
      const bins = [...starts.keys(), starts.length]
      const at = graph.choose(isMissing, [graph.numbers([bins.length]), place])
      const labels = [...bins.map(String), ...(missing ? ['(missing)'] : [])]
      const places = graph.numbers([...labels.keys()], [1, labels.length])
      return graph.columns(
        graph.indicator(graph.compare('Equal', at, places)),
        labels.map((label) => `${column.name}:bin-${label}`),
      )
    }),
} satisfies GraphStep
export default bin
