import { readSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import mlp from '../../src/models/mlp.js'
import { findLibrary } from '../../src/tensorflow/library.js'
import { startTensorFlow } from '../../src/tensorflow/start.js'

export const say = (text: string | number): number => writeSync(1, `${text}\n`)

/** Waits for a line on stdin, on this thread: `train` goes on when its callback returns. Ends with whom it answers. */
export function waitForLine(): void {
  if (readSync(0, Buffer.alloc(1)) === 0) process.exit(0)
}

/** TensorFlow on the device that stands first on the command line. */
export async function startOnDevice() {
  const device = process.argv[2] as 'cpu' | 'gpu'
  const folder = fileURLToPath(new URL('../../../.tensorflow', import.meta.url))
  return startTensorFlow({ library: findLibrary({ folder, device }), device })
}

/** 784-64-64-10. */
export const smallNetwork = {
  family: mlp,
  shapes: { inputs: [{ name: 'features', shape: [784] }], units: 10 },
  hyperparameters: { hiddenUnits: [64, 64], activation: 'relu', dropout: 0, l2: 0 },
  head: { units: 10, activation: 'softmax', loss: 'categorical-crossentropy' },
} as const
