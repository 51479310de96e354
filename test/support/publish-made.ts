import type { FastifyInstance } from 'fastify'
import { aliases, models, modelVersions } from '../../src/registry/database/schema.js'
import { MODELS_CHANNEL } from '../../src/registry/new-versions.js'
import { handMadeClasses, storeHandMadeModel } from './hand-made-model.js'

/** Publishes hand-made versions 1 to `versions` of a model, the first as its champion. @returns their hashes */
export async function publishMade(
  app: FastifyInstance,
  { model, versions }: { model: string; versions: number },
): Promise<string[]> {
  const { db } = app.database
  const hashes: string[] = []
  for (let version = 1; version <= versions; version++) {
    const { sha256, blobs } = await storeHandMadeModel(app.artifacts, { seed: version })
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
  await db.insert(models).values({ name: model, lastVersion: versions })
  await db.insert(aliases).values({ model, alias: 'champion', version: 1 })
  await app.database.notify(MODELS_CHANNEL, model)
  return hashes
}
