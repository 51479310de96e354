import type { ColumnsGraph, GraphStep, NumericOutput, TextOutput } from '../columns-graph.js'

interface Encoding {
  readonly categories: readonly string[]
  readonly other: boolean
  readonly missing: boolean
}

const oneHot = {
  name: 'one-hot',
  build: (
    graph: ColumnsGraph,
    columns: readonly (NumericOutput | TextOutput)[],
    { encodings }: { encodings: readonly Encoding[] },
  ) => columns.flatMap((column, i) => encoded(graph, column, encodings[i] as Encoding)),
} satisfies GraphStep
export default oneHot

function encoded(
  graph: ColumnsGraph,
  column: NumericOutput | TextOutput,
  { categories, other, missing }: Encoding,
): NumericOutput[] {
  const matches = graph.matches(column, categories)
  const isMissing = graph.missing(column)
  const isKnown = graph.anyOf(matches)
  const notOther = isMissing === null ? isKnown : graph.logic('LogicalOr', isKnown, isMissing)
  const none = graph.logic('LogicalAnd', isKnown, graph.logic('LogicalNot', isKnown))
  const label = (text: string): string => (categories.includes(text) ? label(`(${text})`) : text)
  const parts = [
    matches,
    ...(other ? [graph.logic('LogicalNot', notOther)] : []),
    ...(missing ? [isMissing ?? none] : []),
  ]
  const names = [
    ...categories,
    ...(other ? [label('(other)')] : []),
    ...(missing ? [label('(missing)')] : []),
  ]
  return graph.columns(
    graph.beside(parts.map((part) => graph.indicator(part))),
    names.map((name) => `${column.name}=${name}`),
  )
}
