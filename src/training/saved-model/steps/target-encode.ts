import type { ColumnsGraph, GraphStep, NumericOutput, TextOutput } from '../columns-graph.js'

interface Encoding {
  /** Null is the category of missing values. */
  readonly categories: readonly (string | null)[]
  /** [outputs][categories] */
  readonly means: readonly (readonly number[])[]
  readonly overall: readonly number[]
}

const targetEncode = {
  name: 'target-encode',
  build: (
    graph: ColumnsGraph,
    columns: readonly (NumericOutput | TextOutput)[],
    { encodings }: { encodings: readonly Encoding[] },
  ) => columns.flatMap((column, i) => encoded(graph, column, encodings[i] as Encoding)),
} satisfies GraphStep
export default targetEncode

function encoded(
  graph: ColumnsGraph,
  column: NumericOutput | TextOutput,
  { categories, means, overall }: Encoding,
): NumericOutput[] {
  const places = [...categories.keys()].filter((place) => categories[place] !== null)
  const matches = graph.matches(
    column,
    places.map((place) => categories[place] as string),
  )
  const weights = places.flatMap((place) => means.map((byCategory) => byCategory[place] as number))
  const shape = [places.length, means.length]
  const mean = graph.compute('MatMul', graph.indicator(matches), graph.numbers(weights, shape))
  const known = graph.choose(graph.anyOf(matches), [mean, graph.numbers(overall)])
  const missing = graph.missing(column)
  const ofMissing = categories.indexOf(null)
  const values =
    missing === null || ofMissing < 0
      ? known
      : graph.choose(missing, [
          graph.numbers(means.map((byCategory) => byCategory[ofMissing] as number)),
          known,
        ])
  const names = means.map((_, output) =>
    means.length === 1 ? `${column.name}:target` : `${column.name}:target-${output}`,
  )
  return graph.columns(values, names)
}
