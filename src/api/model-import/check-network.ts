import type { Family, Shapes } from '../../contracts/family.js'
import { inUnits } from '../../contracts/memory.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Task } from '../../contracts/task.js'
import { parse } from '../../contracts/validation.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { bundleNames } from '../../registry/bundle/statement.js'
import { largestBatch } from '../../serving/row-writer.js'
import { asBundle, asManifest, invalidBundle } from './invalid-bundle.js'

/**
 * Checks that a foreign version's network is one that can be built here, that it fits into memory, and that its stored
 * weights are as many as its family has with those hyperparameters, in whatever type they are stored.
 *
 * @param options.memoryBytes of a predictor
 * @throws FlywheelError bundle-invalid
 */
export async function checkNetwork(
  { family: stored, shapes, weights, task: { state } }: ModelManifest,
  { family, task, memoryBytes }: { family: Family; task: Task; memoryBytes: number },
): Promise<void> {
  const { hyperparameters } = stored
  await asBundle(bundleNames.manifest, () =>
    parse(family.hyperparameters, hyperparameters, { path: 'family.hyperparameters' }),
  )
  const { units } = await asManifest(() => task.head(state))
  compare('shapes.units', { expected: units, received: shapes.units })
  const width = shapes.inputs.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0)
  if (width < 1 || width > largestBatch) {
    throw invalidBundle('manifest.json: shapes.inputs', {
      expected: `1 to ${largestBatch} numbers in a row`,
      received: `${width}`,
    })
  }
  const plan = await asManifest(() => family.plan(shapes as Shapes, hyperparameters as never))
  if (!(plan.activationBytesPerRow <= memoryBytes)) {
    throw invalidBundle('manifest.json: shapes.inputs', {
      expected: `a network that fits into ${inUnits(memoryBytes)} (FLYWHEEL_PREDICTOR_MEMORY_BYTES)`,
      received: `one whose answer to a row takes ${inUnits(plan.activationBytesPerRow)}`,
    })
  }
  if (weights === null) return
  const received = weights.tensors.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0)
  compare('weights.tensors', { expected: plan.parameters, received })
}

function compare(what: string, { expected, received }: { expected: number; received: number }): void {
  if (expected === received) return
  throw invalidBundle(`manifest.json: ${what}`, { expected: `${expected}`, received: `${received}` })
}
