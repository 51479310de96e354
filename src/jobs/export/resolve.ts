import type { RegistryLookup, Resolved } from '../../contracts/job.js'
import { invalid, named } from '../train/catalogue.js'
import { formats } from './formats.js'
import type { ExportRequest, ExportSpecification } from './request.js'

/** TensorFlow's own memory, and Node's. */
const baseBytes = 600 * 1024 ** 2

/** @throws FlywheelError not-found when there is no such version; specification-invalid for options that the format has not */
export async function resolveExport(
  { model: reference, format, modelFormat, archive = 'zip' }: ExportRequest,
  registry: RegistryLookup,
): Promise<Resolved<ExportSpecification>> {
  if (modelFormat !== undefined && format !== 'tfjs') {
    throw invalid('modelFormat', `nothing for the format ${format}`, modelFormat)
  }
  const { isSigned = false } = named(formats, format, 'format')
  if (isSigned && archive !== 'zip') throw invalid('archive', `zip for the format ${format}`, archive)
  const { model, version, sha256, blobs } = await registry.version(reference)
  const signed = isSigned ? await registry.statement(`${model}@${version}`) : null
  return {
    specification: {
      type: 'export',
      model: `${model}@${version}`,
      format,
      ...(modelFormat === undefined ? {} : { modelFormat }),
      archive,
    },
    blobs: {
      manifest: sha256,
      ...signed,
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
