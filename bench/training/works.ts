/** A network and what it is trained on, on all sides: bench/peers/epochs.py reads it as JSON, and leaves out ours. */
export interface Work {
  readonly family: string
  /** Of our family; the peers have their networks written out. */
  readonly hyperparameters: Readonly<Record<string, unknown>>
  /** Of a row. */
  readonly shape: readonly number[]
  /** How many ids there are, where a row holds ids. */
  readonly tokens?: number
  readonly units: number
  readonly rows: number
  readonly batchSize: number
}

export const mlp: Work = {
  family: 'mlp',
  hyperparameters: { hiddenUnits: [64, 64] },
  shape: [784],
  units: 10,
  rows: 48_000,
  batchSize: 32,
}

/** Rows enough for an epoch of about a second or two. */
export const cnn = (batchSize: number): Work => ({
  family: 'cnn',
  hyperparameters: { filters: [32, 64], kernelSize: 3, padding: 'valid', denseUnits: [128] },
  shape: [28, 28, 1],
  units: 10,
  rows: 6_400,
  batchSize,
})

export const resnet = (batchSize: number): Work => ({
  family: 'resnet',
  hyperparameters: { depth: 20, width: 16 },
  shape: [32, 32, 3],
  units: 10,
  rows: 1_280,
  batchSize,
})

export const transformer: Work = {
  family: 'transformer-encoder',
  hyperparameters: { blocks: 4, width: 128, heads: 4, feedForwardUnits: 512, activation: 'relu', dropout: 0 },
  shape: [128],
  tokens: 1000,
  units: 2,
  rows: 640,
  batchSize: 32,
}

export const lstm: Work = {
  family: 'lstm',
  hyperparameters: { units: [128], dropout: 0 },
  shape: [200, 16],
  units: 2,
  rows: 1_280,
  batchSize: 32,
}
