import { FlywheelError } from '../../contracts/errors.js'
import type { IngestRequest } from '../../contracts/reader.js'

/** Labels stand beside IDX files alone. @throws FlywheelError dataset-invalid */
export function refuseLabels({ labelsPath }: Pick<IngestRequest, 'labelsPath'>): void {
  if (labelsPath === undefined) return
  throw new FlywheelError('dataset-invalid', 'labels belong to an IDX file of images, and the file is none')
}
