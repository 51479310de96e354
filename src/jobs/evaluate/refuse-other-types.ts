import { kindOfType } from '../../contracts/dataset.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Table } from '../../contracts/table.js'
import { withColumns } from '../../evaluation/stored-model.js'
import { invalid } from '../train/catalogue.js'

/** @throws FlywheelError specification-invalid for a feature that is text here and was numbers in training, or the other way */
export function refuseOtherTypes(table: Table, { columns, features }: ModelManifest): void {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  for (const { name, kind } of withColumns(table, features).columns) {
    const type = types.get(name)
    const expected = kindOfType(type ?? 'number')
    if (kind !== expected) throw invalid('dataset', `${name} to be ${expected}, as in training`, kind)
  }
}
