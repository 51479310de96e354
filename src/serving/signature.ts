import { type Static, Type } from 'typebox'
import { ColumnType, DatasetColumn, kindOfType } from '../contracts/dataset.js'
import type { ModelManifest } from '../contracts/model-manifest.js'
import type { Label } from '../contracts/task.js'

/** What predict takes and gives for one version. */
export const Signature = Type.Object({
  inputs: Type.Array(
    Type.Object({ name: Type.String(), type: ColumnType, length: DatasetColumn.properties.length }),
    {
      description: 'The columns that each instance must have, null for a missing value',
    },
  ),
  ignored: Type.Array(Type.String(), {
    description: 'Columns of the dataset that are accepted and not used',
  }),
  target: Type.String(),
  classes: Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
    description: 'In the order of the probabilities; empty for regression',
  }),
})
export type Signature = Static<typeof Signature>

/** @param classes the task's, in output order; empty for regression */
export function signatureOf(manifest: ModelManifest, classes: readonly Label[]): Signature {
  const columns = new Map(manifest.columns.map((column) => [column.name, column]))
  const features = new Set(manifest.features)
  return {
    inputs: manifest.features.map((name) => inputOf(name, columns.get(name))),
    ignored: manifest.columns.map((column) => column.name).filter((name) => !features.has(name)),
    target: manifest.target,
    classes: [...classes],
  }
}

const inputOf = (name: string, column: DatasetColumn | undefined): Signature['inputs'][number] => ({
  name,
  type: column?.type ?? 'number',
  ...(column?.length === undefined ? {} : { length: column.length }),
})

/** Which of a version's features travel as numbers, which as text and which as files, each in the order of the features. */
export interface RowLayout {
  readonly numeric: readonly string[]
  readonly text: readonly string[]
  /** Absent in layouts that were kept before there were any. */
  readonly bytes?: readonly string[]
  /** Numbers that make a vector together: so many of `numeric`, from `start` on. Absent where there are none. */
  readonly vectors?: readonly { readonly name: string; readonly start: number; readonly length: number }[]
}

export function layoutOf({ inputs }: Pick<Signature, 'inputs'>): RowLayout {
  const ofKind = (kind: ReturnType<typeof kindOfType>) =>
    inputs.filter(({ type }) => kindOfType(type) === kind).map(({ name }) => name)
  const numeric: string[] = []
  const vectors: { name: string; start: number; length: number }[] = []
  for (const { name, type, length = 1 } of inputs) {
    const kind = kindOfType(type)
    if (kind === 'numeric') numeric.push(name)
    if (kind !== 'tensor') continue
    vectors.push({ name, start: numeric.length, length })
    for (let element = 0; element < length; element++) numeric.push(`${name}[${element}]`)
  }
  const layout = { numeric, text: ofKind('text'), bytes: ofKind('bytes') }
  return vectors.length === 0 ? layout : { ...layout, vectors }
}
