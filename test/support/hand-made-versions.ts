import type { FastifyInstance } from 'fastify'
import { setAlias } from '../../src/registry/aliases.js'
import { models, modelVersions } from '../../src/registry/database/schema.js'
import { handMadeClasses, storeHandMadeModel } from './hand-made-model.js'

/** Publishes versions 1 to `count` of a model by hand; the first one is the champion. @returns their manifests' hashes */
export async function publishHandMade(
  { app, model }: { app: FastifyInstance; model: string },
  count: number,
  { biases = {} }: { biases?: Record<number, Float32Array> } = {},
): Promise<string[]> {
  const { db } = app.database
  await db.insert(models).values({ name: model, lastVersion: count })
  const hashes: string[] = []
  for (let version = 1; version <= count; version++) {
    const { sha256, blobs } = await storeHandMadeModel(app.artifacts, {
      seed: version,
      ...(biases[version] && { bias: biases[version] }),
    })
    hashes.push(sha256)
    await db.insert(modelVersions).values({
      model,
      version,
      task: 'tabular-classification',
      target: 'kind',
      classes: handMadeClasses,
      job: 'none',
      dataset: 'made',
      datasetVersion: 1,
      sha256,
      ...app.signer.signVersion({ model, version, sha256 }),
      reportSha256: sha256,
      blobs,
      sizeBytes: 1,
      metrics: {},
    })
  }
  await setAlias(db, { model, alias: 'champion', version: 1 })
  await app.deployments.refresh()
  return hashes
}
