import type { RegistryLookup, Resolved } from '../../contracts/job.js'
import type { ExportRequest, ExportSpecification } from './request.js'

/** TensorFlow's own memory, and Node's. */
const baseBytes = 600 * 1024 ** 2

/** @throws FlywheelError not-found when there is no such version */
export async function resolveExport(
  { model: reference, format, archive = 'zip' }: ExportRequest,
  registry: RegistryLookup,
): Promise<Resolved<ExportSpecification>> {
  const { model, version, sha256, blobs } = await registry.version(reference)
  return {
    specification: { type: 'export', model: `${model}@${version}`, format, archive },
    blobs: {
      manifest: sha256,
      ...Object.fromEntries(blobs.map((blob, index) => [`version-${index}`, blob])),
    },
    plan: {
      reasons: {},
      parameters: null,
      memoryBytes: baseBytes,
      secondsEstimate: null,
      warnings: [],
    },
  }
}
