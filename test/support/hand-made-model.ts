import type { Calibration, ModelManifest } from '../../src/contracts/model-manifest.js'
import type { ArtifactStore } from '../../src/registry/artifacts.js'
import { packTensors } from '../../src/training/weights.js'

/** Logits are a − 1, x − y and 2·a for the classes "b", "10" and "9": what it answers can be worked out by hand. */
export const handMadeClasses = ['b', '10', '9']
const kernel = Float32Array.of(1, 0, 2, 0, 1, 0, 0, -1, 0)
const ownBias = Float32Array.of(-1, 0, 0)

/** Features: a number `a` (0 when missing), and a category `job` of x and y; `id` is no feature. */
export async function storeHandMadeModel(
  artifacts: ArtifactStore,
  {
    seed = 1,
    calibration,
    bias = ownBias,
  }: { seed?: number; calibration?: Calibration; bias?: Float32Array } = {},
): Promise<{ sha256: string; manifest: ModelManifest; blobs: string[] }> {
  const { tensors, bytes } = packTensors([
    { name: 'logits/kernel', shape: [3, 3], values: kernel },
    { name: 'logits/bias', shape: [3], values: bias },
  ])
  const weights = { ...(await artifacts.put(bytes)), tensors: [...tensors] }
  const column = { missing: 0, distinct: 3 }
  const manifest: ModelManifest = {
    format: 1,
    task: {
      name: 'tabular-classification',
      state: {
        classes: handMadeClasses,
        spellings: handMadeClasses.map((label, index) => [label, index]),
        merged: [],
      },
    },
    family: { name: 'mlp', hyperparameters: { hiddenUnits: [], activation: 'relu', dropout: 0, l2: 0 } },
    seed,
    shapes: { inputs: [{ name: 'features', shape: [3] }], units: 3 },
    columns: [
      { name: 'id', type: 'integer', ...column },
      { name: 'a', type: 'number', ...column },
      { name: 'job', type: 'category', ...column },
      { name: 'kind', type: 'category', ...column },
    ],
    target: 'kind',
    features: ['a', 'job'],
    transforms: [
      {
        name: 'impute',
        columns: ['a'],
        options: { strategy: 'constant', value: 0, indicator: false },
        state: { fill: [0], indicator: [false] },
      },
      {
        name: 'one-hot',
        columns: ['job'],
        options: { maxCategories: 100, minRows: 1 },
        state: { encodings: [{ categories: ['x', 'y'], other: false, missing: false }] },
      },
    ],
    networkColumns: ['a', 'job=x', 'job=y'],
    split: { seed: 1, columns: ['a', 'job', 'kind'], thresholds: [0, 0, 0], trained: [] },
    weights,
    ...(calibration === undefined ? {} : { calibration }),
    optimizer: null,
    specification: {},
    dataset: { name: 'made', version: 1 },
  }
  const { sha256 } = await artifacts.put(Buffer.from(JSON.stringify(manifest)))
  return { sha256, manifest, blobs: [sha256, weights.sha256] }
}

/** The probabilities of {@link handMadeClasses}, by hand. */
export function handMadeProbabilities({ a, job }: { a: number | null; job: string | null }): number[] {
  const value = a ?? 0
  const logits = [value - 1, job === 'x' ? 1 : job === 'y' ? -1 : 0, 2 * value]
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
  return logits.map((logit) => Math.exp(logit) / sum)
}
