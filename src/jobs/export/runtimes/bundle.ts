import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from '../../../contracts/validation.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import {
  BundleSignature,
  BundleStatement,
  bundleNames,
  textOfStatement,
} from '../../../registry/bundle/statement.js'
import { isSignatureOf } from '../../../registry/signing/ed25519.js'
import { openExecutor } from '../../../serving/predictor/open-executor.js'
import { readServable } from '../../../serving/servable.js'
import { prepareChain } from '../../../transforms/chain/apply-chain.js'
import { loadCatalogue, named } from '../../train/catalogue.js'
import type { ExportRuntime } from '../format.js'

/** Signature and checksums are checked, and the version is loaded out of the files as a predictor loads it. */
const runtime: ExportRuntime = {
  name: 'bundle',
  async open({ folder, tensorflow }) {
    const file = (name: string) => readFile(join(folder, name))
    const statement = await file(bundleNames.statement)
    const signature = parse(BundleSignature, JSON.parse(String(await file(bundleNames.signature))))
    if (!isSignatureOf(textOfStatement(statement), signature))
      throw new TypeError('the signature does not fit')
    const { files } = parse(BundleStatement, JSON.parse(String(statement)))
    const names = new Map(files.map(({ name, sha256 }) => [sha256, name]))
    const artifacts = {
      async read(sha256: string): Promise<Buffer> {
        const bytes = await file(names.get(sha256) ?? bundleNames.blob(sha256))
        if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes
        throw new TypeError(`${names.get(sha256)} has another checksum`)
      },
    }
    for (const sha256 of names.keys()) await artifacts.read(sha256)
    const { families, tasks, transforms } = await loadCatalogue()
    const { manifest, task } = readServable(await file(bundleNames.manifest), tasks)
    prepareChain(manifest, transforms)
    const head = servedHead(task, manifest)
    const family = named(families, manifest.family.name, 'family')
    const executor = await openExecutor({ manifest, family, head, artifacts, tensorflow, hasGpu: false })
    const { multiply, add } = head.scale ?? { multiply: 1, add: 0 }
    return {
      runtime: `Flywheel’s predictor on ${executor.choice.name === 'onnx' ? 'ONNX Runtime' : 'TensorFlow'}`,
      async ask({ rows, inputs }) {
        const [features] = Object.values(inputs)
        const outputs = await executor.run(features as Float32Array, rows)
        return outputs.map((value) => value * multiply + add)
      },
    }
  },
}
export default runtime
