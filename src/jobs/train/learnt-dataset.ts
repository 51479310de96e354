import { FlywheelError } from '../../contracts/errors.js'
import type { VersionSnapshot } from '../../contracts/job.js'

/**
 * The dataset that a version was trained on, as `name@version`.
 *
 * @param purpose what it is needed for: "to learn from labels"
 * @throws FlywheelError specification-invalid for a version that was imported: its dataset has stayed where it came from
 */
export function learntDataset({ model, version, dataset }: VersionSnapshot, purpose: string): string {
  if (dataset !== null) return `${dataset.name}@${dataset.version}`
  const expected = `a version whose dataset is here, ${purpose}`
  const received = `${model}@${version}, which was imported`
  throw new FlywheelError('specification-invalid', `model: expected ${expected}, received ${received}`, {
    errors: [{ path: 'model', expected, received }],
    remedy:
      'Train a version of the model here, on data of its kind, or do it where the version came from and import the result',
  })
}
