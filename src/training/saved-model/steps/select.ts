import type { ColumnsGraph, GraphStep, NumericOutput } from '../columns-graph.js'

const select = {
  name: 'select',
  build: (_: ColumnsGraph, columns: readonly NumericOutput[], { kept }: { kept: readonly number[] }) =>
    kept.map((at) => columns[at] as NumericOutput),
} satisfies GraphStep
export default select
