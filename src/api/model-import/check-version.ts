import { isUtf8 } from 'node:buffer'
import { FlywheelError, shown } from '../../contracts/errors.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { decodedBytes, readStored, type StoredBlob } from '../../contracts/stored-blob.js'
import { parse } from '../../contracts/validation.js'
import { Report } from '../../evaluation/report.js'
import { readsFiles } from '../../onnx/external-data.js'
import { bundleNames } from '../../registry/bundle/statement.js'
import { readServable, type Servable } from '../../serving/servable.js'
import { packedBytes } from '../../training/weights.js'
import { prepareChain } from '../../transforms/chain/apply-chain.js'
import { parseJson } from '../json-body.js'
import type { Catalogue } from '../plugins/catalogue.js'
import { checkNetwork } from './check-network.js'
import { asBundle, asManifest, invalidBundle } from './invalid-bundle.js'

interface Files {
  /** Of the files whose checksums fit, by their hash. */
  readonly sizes: ReadonlyMap<string, number>
  read(sha256: string): Promise<Buffer>
}

/**
 * Checks that a foreign version can be served here: its family, task and transforms exist, its files are those that its
 * manifest names, and its numbers are as many as they should be.
 *
 * @param options.maxBytes the most that its blobs may be decoded to, together
 * @param options.memoryBytes of a predictor
 * @throws FlywheelError bundle-invalid that names what is wrong
 */
export async function checkVersion(
  { manifest: manifestBytes, report: reportBytes }: { manifest: Buffer; report: Buffer },
  {
    files,
    catalogue,
    maxBytes,
    memoryBytes,
  }: {
    files: Files
    catalogue: Pick<Catalogue, 'families' | 'tasks' | 'transforms'>
    maxBytes: number
    memoryBytes: number
  },
): Promise<Servable> {
  await checkReport(reportBytes)
  await asBundle(bundleNames.manifest, () => parseJson(manifestBytes))
  const servable = await asManifest(() => readServable(manifestBytes, catalogue.tasks))
  const { manifest, task } = servable
  const { name } = manifest.family
  const family = catalogue.families.get(name)
  if (family === undefined) {
    const expected = `a family that is here: ${[...catalogue.families.keys()].join(', ')}`
    throw invalidBundle('manifest.json: family', { expected, received: shown(name) })
  }
  await asManifest(() => prepareChain(manifest, catalogue.transforms))
  await checkNetwork(manifest, { family, task, memoryBytes })
  checkBlobs(manifest, { files, maxBytes })
  await checkOnnx(manifest, files)
  return servable
}

async function checkReport(bytes: Buffer): Promise<void> {
  await asBundle(bundleNames.report, () =>
    parse(Report, JSON.parse(utf8(bytes)), { path: bundleNames.report, code: 'request-invalid' }),
  ).catch((cause: unknown) => {
    if (!(cause instanceof SyntaxError)) throw cause
    throw invalidBundle(bundleNames.report, { expected: 'JSON', received: 'other text', cause })
  })
}

function utf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  throw new SyntaxError('it is not UTF-8')
}

function checkBlobs(manifest: ModelManifest, { files, maxBytes }: { files: Files; maxBytes: number }): void {
  const blobs = blobsIn(manifest)
  for (const { path, blob } of blobs) {
    const sizeBytes = files.sizes.get(blob.sha256)
    if (sizeBytes === blob.sizeBytes) continue
    const expected = `${bundleNames.blob(blob.sha256)} of ${blob.sizeBytes} bytes`
    const received = sizeBytes === undefined ? 'no such file' : `${sizeBytes} bytes`
    throw invalidBundle(`manifest.json: ${path}`, { expected, received })
  }
  for (const path of ['weights', 'optimizer'] as const) {
    const stored = manifest[path]
    if (stored === null) continue
    const expected = packedBytes(stored.tensors)
    if (decodedBytes(stored) === expected) continue
    const received = `${decodedBytes(stored)} bytes`
    throw invalidBundle(`manifest.json: ${path}`, { expected: `${expected} bytes of tensors`, received })
  }
  if (manifest.weights === null && !(manifest.onnx && 'sha256' in manifest.onnx)) {
    throw invalidBundle('manifest.json', { expected: 'weights or an ONNX form', received: 'neither' })
  }
  const decoded = blobs.reduce((sum, { blob }) => sum + decodedBytes(blob), 0)
  if (decoded <= maxBytes) return
  const expected = `blobs of at most ${maxBytes} bytes when decoded (FLYWHEEL_MAX_UPLOAD_BYTES)`
  throw invalidBundle('manifest.json', { expected, received: `${decoded} bytes` })
}

/** Whatever a manifest names by hash and size, now or in forms that are yet to come. */
function blobsIn(value: unknown, path = ''): { path: string; blob: StoredBlob }[] {
  if (typeof value !== 'object' || value === null) return []
  const own = value as Partial<StoredBlob>
  if (typeof own.sha256 === 'string' && typeof own.sizeBytes === 'number')
    return [{ path, blob: own as StoredBlob }]
  // What a task or a transform has learnt, and how it was asked for, names no files.
  return Object.entries(value).flatMap(([name, inner]) =>
    ['state', 'options', 'specification', 'hyperparameters'].includes(name)
      ? []
      : blobsIn(inner, path === '' ? name : `${path}.${name}`),
  )
}

/** A foreign ONNX model computes, and does nothing else. */
async function checkOnnx({ onnx }: ModelManifest, files: Files): Promise<void> {
  if (onnx === undefined || !('sha256' in onnx)) return
  const path = 'manifest.json: onnx'
  const expected = 'an ONNX model that holds its own numbers'
  let received = 'one that would read files'
  try {
    if (!readsFiles(await readStored(files, onnx))) return
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof FlywheelError)) throw error
    received = `another file (${error.message})`
  }
  throw invalidBundle(path, { expected, received })
}
