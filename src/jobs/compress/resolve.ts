import { loadCompressionMethods } from '../../compression/catalogue.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { RegistryLookup, Resolved } from '../../contracts/job.js'
import { parse } from '../../contracts/validation.js'
import { tableBytes } from '../../datasets/columns/column-store.js'
import { loadCatalogue, named } from '../train/catalogue.js'
import { learntDataset } from '../train/learnt-dataset.js'
import { versionBlobs } from '../train/version-blobs.js'
import type { CompressRequest, CompressSpecification } from './request.js'

/** Node and TensorFlow. */
const BASE_BYTES = 600 * 1024 ** 2

/**
 * Pins parent, datasets and alias, and fills in the method's options.
 *
 * @throws FlywheelError not-found; specification-invalid for an unknown method, and options that it refuses
 */
export async function resolveCompress(
  request: CompressRequest,
  registry: RegistryLookup,
): Promise<Resolved<CompressSpecification>> {
  const methods = await loadCompressionMethods()
  const method = named(methods, request.method, 'method')
  const options = parse(method.options, request.options ?? {}, { path: 'options' }) as never
  method.check?.(options, await loadCatalogue())
  const parent = await registry.version(request.model)
  const { alias = 'champion' } = request
  const dataset = learntDataset(parent, 'to be compressed')
  const [snapshot, aliased, datasets] = await Promise.all([
    registry.dataset(dataset),
    aliasedVersion(`${parent.model}@${alias}`, registry),
    Promise.all(
      Object.entries(method.datasets?.(options) ?? {}).map(
        async ([role, reference]) => [role, await registry.dataset(reference)] as const,
      ),
    ),
  ])
  const { accept } = request
  const tables = [snapshot, ...datasets.map(([, each]) => each)]
  return {
    specification: {
      type: 'compress',
      model: `${parent.model}@${parent.version}`,
      method: method.name,
      options,
      accept:
        accept === undefined
          ? null
          : { maxDrop: accept.maxDrop ?? 0.01, minSpeedup: accept.minSpeedup ?? null },
      alias,
      aliased,
      snapshot,
      datasets: Object.fromEntries(datasets),
    },
    blobs: versionBlobs('parent', parent),
    plan: {
      reasons: {},
      parameters: null,
      memoryBytes: tables.reduce(
        (sum, { rows, columns }) => sum + tableBytes({ rows, columns: columns.length }),
        BASE_BYTES,
      ),
      secondsEstimate: null,
      warnings: [],
    },
  }
}

/** Null when there is no such alias. */
async function aliasedVersion(reference: string, registry: RegistryLookup): Promise<number | null> {
  try {
    return (await registry.version(reference)).version
  } catch (error) {
    if (error instanceof FlywheelError && error.code === 'not-found') return null
    throw error
  }
}
