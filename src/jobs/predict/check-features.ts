import { type DatasetSnapshot, kindOfType } from '../../contracts/dataset.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { invalid } from '../train/catalogue.js'

const LISTED = 20

/**
 * A dataset may have further columns; those that the version reads must be there, and of the kind that it has learnt.
 *
 * @throws FlywheelError specification-invalid
 */
export function checkFeatures(
  { name, version, columns }: DatasetSnapshot,
  { features, columns: learnt }: Pick<ModelManifest, 'features' | 'columns'>,
): void {
  const given = new Map(columns.map((column) => [column.name, column]))
  const missing = features.filter((feature) => !given.has(feature))
  if (missing.length > 0) {
    const named = missing.slice(0, LISTED).join(', ') + (missing.length > LISTED ? ', …' : '')
    const expected = `a dataset with the model’s columns; there is no ${named}`
    throw invalid('dataset', expected, `${name}@${version}`)
  }
  const known = new Map(learnt.map((column) => [column.name, column]))
  for (const feature of features) {
    const [own, other] = [known.get(feature), given.get(feature)]
    if (own === undefined || other === undefined) continue
    const isDate = own.type === 'date'
    if (kindOfType(own.type) !== kindOfType(other.type) || isDate !== (other.type === 'date')) {
      throw invalid('dataset', `${feature} to be of the type ${own.type}, as in training`, other.type)
    }
    if (own.length !== other.length) {
      throw invalid('dataset', `${feature} to have ${own.length} numbers, as in training`, other.length)
    }
  }
}
