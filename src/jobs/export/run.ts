import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { readServable } from '../../serving/servable.js'
import { loadCatalogue, named } from '../train/catalogue.js'
import type { ExportSpecification } from './request.js'
import { packTarGz } from './tar-gz.js'
import { packZip } from './zip.js'

/** Packs a version. TensorFlow is loaded on the way. */
export async function runExport(
  { jobId, specification, blobs }: JobData<ExportSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { artifacts } = context
  const catalogue = await loadCatalogue()
  const servable = readServable(await artifacts.read(blobs.manifest as string), catalogue.tasks)
  const { manifest } = servable
  const { exportTfjs } = await import('./tfjs.js')
  const { files, modelFormat, verified } = await exportTfjs({
    tf: await context.tensorflow({ deterministic: false }),
    family: named(catalogue.families, manifest.family.name, 'family'),
    transforms: catalogue.transforms,
    servable,
    weights: new Uint8Array(await artifacts.read(manifest.weights.sha256)),
    name: specification.model,
  })
  const bytes = specification.archive === 'zip' ? packZip(files) : packTarGz(files)
  const { sha256, sizeBytes } = await artifacts.put(bytes)
  return {
    result: {
      download: `/v1/exports/${jobId}`,
      model: specification.model,
      format: specification.format,
      modelFormat,
      archive: specification.archive,
      sha256,
      sizeBytes,
      files: files.map(({ name, bytes: content }) => ({ name, sizeBytes: content.length })),
      verified,
    },
    blobs: [sha256],
  }
}
