import type { JobOutput, RegistryLookup, VersionSnapshot } from '../../src/contracts/job.js'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { parse } from '../../src/contracts/validation.js'
import type { Compression } from '../../src/evaluation/report/compression-schema.js'
import { Report } from '../../src/evaluation/report.js'
import { compressTable } from '../../src/jobs/compress/compress-table.js'
import type { CompressRequest } from '../../src/jobs/compress/request.js'
import { resolveCompress } from '../../src/jobs/compress/resolve.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import type { ArtifactStore } from '../../src/registry/artifacts.js'
import { readManifest, readServable } from '../../src/serving/servable.js'
import type { TableWithSnapshot } from './csv-table.js'
import { registryOf, runContext } from './train.js'

let jobs = 0

export interface CompressedOutput {
  readonly output: JobOutput
  readonly sha256: string
  readonly manifest: ModelManifest
  readonly report: Report
  readonly compression: Compression
}

/** Resolves and runs a compression of a version that was trained on a table in memory, and reads what it made. */
export async function compressOn(
  data: TableWithSnapshot,
  request: Omit<CompressRequest, 'type' | 'model'>,
  { artifacts, parent }: { artifacts: ArtifactStore; parent: JobOutput },
): Promise<CompressedOutput> {
  if (parent.version === undefined) throw new Error('the parent’s job made no version')
  const snapshot: VersionSnapshot = { ...parent.version, version: 1 }
  const registry: RegistryLookup = registryOf(data, snapshot)
  const { specification, blobs } = await resolveCompress(
    { type: 'compress', model: 'model@1', ...request },
    registry,
  )
  const catalogue = await loadCatalogue()
  const output = await compressTable({
    specification,
    parent: readServable(await artifacts.read(blobs.parent as string), catalogue.tasks),
    table: data.table,
    tables: {},
    catalogue,
    context: runContext(artifacts, `compress-${process.pid}-${++jobs}`).context,
  })
  const { version } = output
  if (version === undefined) throw new Error('the compression made no version')
  const report = parse(Report, JSON.parse((await artifacts.read(version.reportSha256)).toString()))
  const manifest = readManifest(await artifacts.read(version.sha256))
  return { output, sha256: version.sha256, manifest, report, compression: report.compression as Compression }
}
