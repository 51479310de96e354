import type { FastifyInstance } from 'fastify'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { aliases, models, modelVersions } from '../../src/registry/database/schema.js'
import { MODELS_CHANNEL } from '../../src/registry/new-versions.js'
import { packTensors } from '../../src/training/weights.js'
import { handMadeClasses, storeHandMadeModel } from './hand-made-model.js'

/** Publishes three models whose answers can be worked out by hand, each with its version 1 as champion. */
export async function publishProtocolModels(app: FastifyInstance): Promise<void> {
  const made = await storeHandMadeModel(app.artifacts)
  await publish(app, 'made', made, handMadeClasses)
  await publish(app, 'numbers', await storeNumbers(app, made.manifest), handMadeClasses)
  await publish(app, 'sums', await storeSums(app, made.manifest), [])
}

/** Publishes `flagged`: the model `made`, with a boolean `flag` that speaks for the class 10. */
export async function publishFlagged(app: FastifyInstance): Promise<void> {
  const { manifest: base } = await storeHandMadeModel(app.artifacts)
  const [id, a, job, kind] = base.columns as [Column, Column, Column, Column]
  const manifest: ModelManifest = {
    ...base,
    shapes: { inputs: [{ name: 'features', shape: [4] }], units: 3 },
    columns: [id, a, job, { ...a, name: 'flag', type: 'boolean' }, kind],
    features: ['a', 'job', 'flag'],
    transforms: base.transforms.map((transform) =>
      transform.name === 'impute'
        ? { ...transform, columns: ['a', 'flag'], state: { fill: [0, 0], indicator: [false, false] } }
        : transform,
    ),
    networkColumns: ['a', 'flag', 'job=x', 'job=y'],
  }
  const kernel = Float32Array.of(1, 0, 2, 0, 1, 0, 0, 1, 0, 0, -1, 0)
  const stored = await storeDense(app, manifest, { kernel, bias: Float32Array.of(-1, 0, 0) })
  await publish(app, 'flagged', stored, handMadeClasses)
}

type Column = ModelManifest['columns'][number]
type Stored = Awaited<ReturnType<typeof storeHandMadeModel>>

/** Features a and b; logits a − 1, b and 2·a. */
export const numberProbabilities = ([a, b]: readonly [number, number]): number[] => {
  const logits = [a - 1, b, 2 * a]
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
  return logits.map((logit) => Math.exp(logit) / sum)
}

function storeNumbers(app: FastifyInstance, base: ModelManifest): Promise<Stored> {
  const kernel = Float32Array.of(1, 0, 2, 0, 1, 0)
  return storeDense(app, { ...base, ...twoNumbers(base) }, { kernel, bias: Float32Array.of(-1, 0, 0) })
}

/** Features a and b; the value is a + 2·b. */
function storeSums(app: FastifyInstance, base: ModelManifest): Promise<Stored> {
  const task = { name: 'tabular-regression', state: { mean: 0, deviation: 1 } }
  const manifest = { ...base, ...twoNumbers(base), task, shapes: { ...twoNumbers(base).shapes, units: 1 } }
  return storeDense(app, manifest, { kernel: Float32Array.of(1, 2), bias: Float32Array.of(0) })
}

const twoNumbers = ({ columns }: ModelManifest) => {
  const [, a] = columns as [ModelManifest['columns'][number], ModelManifest['columns'][number]]
  return {
    shapes: { inputs: [{ name: 'features', shape: [2] }], units: 3 },
    columns: [a, { ...a, name: 'b' }, { ...a, name: 'kind' }],
    features: ['a', 'b'],
    transforms: [
      {
        name: 'impute',
        columns: ['a', 'b'],
        options: { strategy: 'constant', value: 0, indicator: false },
        state: { fill: [0, 0], indicator: [false, false] },
      },
    ],
    networkColumns: ['a', 'b'],
  }
}

async function storeDense(
  { artifacts }: FastifyInstance,
  base: ModelManifest,
  { kernel, bias }: { kernel: Float32Array; bias: Float32Array },
): Promise<Stored> {
  const name = base.weights?.tensors[0]?.name.split('/')[0]
  const { tensors, bytes } = packTensors([
    { name: `${name}/kernel`, shape: [kernel.length / bias.length, bias.length], values: kernel },
    { name: `${name}/bias`, shape: [bias.length], values: bias },
  ])
  const weights = { ...(await artifacts.put(bytes)), tensors: [...tensors] }
  const manifest = { ...base, weights }
  const { sha256 } = await artifacts.put(Buffer.from(JSON.stringify(manifest)))
  return { sha256, manifest, blobs: [sha256, weights.sha256] }
}

async function publish(
  app: FastifyInstance,
  model: string,
  { sha256, blobs, manifest }: Stored,
  classes: readonly string[],
): Promise<void> {
  const { db } = app.database
  await db.insert(modelVersions).values({
    model,
    version: 1,
    task: manifest.task.name,
    target: 'kind',
    classes: [...classes],
    job: 'none',
    dataset: 'made',
    datasetVersion: 1,
    sha256,
    ...app.signer.signVersion({ model, version: 1, sha256 }),
    reportSha256: sha256,
    blobs,
    sizeBytes: 1,
    metrics: {},
  })
  await db.insert(models).values({ name: model, lastVersion: 1 })
  await db.insert(aliases).values({ model, alias: 'champion', version: 1 })
  await app.database.notify(MODELS_CHANNEL, model)
}
