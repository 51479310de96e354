import type { Shapes } from '../../contracts/family.js'
import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { readServable } from '../../serving/servable.js'
import { loadCatalogue, named } from '../train/catalogue.js'
import { packTarGz } from './archives/tar-gz.js'
import { packZip } from './archives/zip.js'
import { formats } from './formats.js'
import { proveExport } from './proof/prove-export.js'
import type { ExportSpecification } from './request.js'

/** Packs a version, once a fresh process has loaded what was written and answers the same. */
export async function runExport(
  { jobId, specification, blobs }: JobData<ExportSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { artifacts } = context
  const catalogue = await loadCatalogue()
  const sha256OfManifest = blobs.manifest as string
  const servable = readServable(await artifacts.read(sha256OfManifest), catalogue.tasks)
  const { manifest } = servable
  const family = named(catalogue.families, manifest.family.name, 'family')
  const written = await named(formats, specification.format, 'format').write({
    name: specification.model,
    sha256: sha256OfManifest,
    servable,
    family,
    transforms: catalogue.transforms,
    artifacts,
    ...(specification.modelFormat === undefined ? {} : { modelFormat: specification.modelFormat }),
    ...signedOf(blobs),
    tf: await context.tensorflow({ deterministic: false }),
  })
  const verified = await proveExport(written, {
    context,
    format: specification.format,
    flopsPerRow: family.plan(manifest.shapes as Shapes, manifest.family.hyperparameters as never).flopsPerRow,
  })
  context.signal.throwIfAborted()
  const { files, details = {} } = written
  const bytes = specification.archive === 'zip' ? packZip(files) : packTarGz(files)
  const { sha256, sizeBytes } = await artifacts.put(bytes)
  return {
    result: {
      download: `/v1/exports/${jobId}`,
      model: specification.model,
      format: specification.format,
      ...details,
      archive: specification.archive,
      sha256,
      sizeBytes,
      files: files.map(({ name, bytes: content }) => ({ name, sizeBytes: content.length })),
      verified,
    },
    blobs: [sha256],
  }
}

const signedOf = ({ statement, signature }: Readonly<Record<string, string>>) =>
  statement === undefined || signature === undefined ? {} : { signed: { statement, signature } }
