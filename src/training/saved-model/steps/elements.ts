import type { ColumnsGraph, GraphStep, TensorOutput } from '../columns-graph.js'

const elements = {
  name: 'elements',
  build: (graph: ColumnsGraph, columns: readonly TensorOutput[]) =>
    columns.flatMap(({ name, of, size }) =>
      graph.columns(
        of,
        Array.from({ length: size }, (_, element) => `${name}[${element}]`),
      ),
    ),
} satisfies GraphStep
export default elements
