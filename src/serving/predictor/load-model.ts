import { FlywheelError } from '../../contracts/errors.js'
import type { Family, TensorFlow } from '../../contracts/family.js'
import type { Artifacts } from '../../contracts/job.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Head, Task } from '../../contracts/task.js'
import { servedHead } from '../../evaluation/calibration/served-head.js'
import { prepareChain } from '../../transforms/chain/apply-chain.js'
import { prepareRows } from '../../transforms/chain/apply-rows.js'
import type { Transforms } from '../../transforms/chain/catalogue.js'
import { classChooser, outputDecoder } from '../decode-outputs.js'
import { lineWriter } from '../prediction-line.js'
import { checkLayout, type RowBatch, toTable } from '../row-batch.js'
import { readServable } from '../servable.js'
import type { RowLayout } from '../signature.js'
import type { MemoryBudget } from './memory-budget.js'
import { openExecutor } from './open-executor.js'
import type { AnsweredPart, ServedModel } from './served-model.js'

export interface LoadOptions {
  /** Starts TensorFlow: only where something needs it. */
  readonly tensorflow: () => Promise<TensorFlow>
  /** Whether there is one that TensorFlow would use. */
  readonly hasGpu: boolean
  /** Absent: it is loaded whatever memory is free. */
  readonly memory?: MemoryBudget
  readonly artifacts: Pick<Artifacts, 'read'>
  readonly families: ReadonlyMap<string, Family>
  readonly tasks: ReadonlyMap<string, Task>
  readonly transforms: Transforms
}

/**
 * Loads a version into memory and runs it once, so that the first request finds it warm.
 *
 * @throws FlywheelError artifact-damaged when its blobs are, or need what is not in this version of Flywheel;
 *   memory-insufficient
 */
export async function loadModel(sha256: string, options: LoadOptions): Promise<ServedModel> {
  const { artifacts, families, tasks, transforms } = options
  const servable = readServable(await artifacts.read(sha256), tasks)
  const { manifest, task, signature, reader } = servable
  const family = families.get(manifest.family.name)
  if (family === undefined) {
    throw new FlywheelError(
      'artifact-damaged',
      `The model needs the family ${manifest.family.name}, which is not there`,
    )
  }
  const head = servedHead(task, manifest)
  const preprocess = preprocessing(manifest, { transforms, layout: reader.layout })
  const decode = outputDecoder(servable)
  const classes = classChooser(servable)
  const write = lineWriter(signature.classes)
  const open = () => openExecutor({ ...options, family, manifest, head })
  const executor = await (options.memory?.reserved(manifest, open) ?? open())
  return {
    executor: executor.choice,
    async answer(batches, firstRow = 0) {
      for (const batch of batches) checkLayout(batch, reader.layout)
      const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
      const outputs = scaled(await executor.run(await preprocess(batches, firstRow), rows), head)
      return {
        rows,
        check: (part) => checkFinite(outputs, part, head),
        lines: (start, end) =>
          decode(wide(outputs.subarray(start * head.units, end * head.units))).map(write),
        outputs: (start, end) => {
          const own = outputs.subarray(start * head.units, end * head.units)
          return { outputs: own, classes: classes === null ? null : classes(own) }
        },
      }
    },
    dispose: () => executor.dispose(),
  }
}

/** From rows of the layout to the network's input; without columns in between where the chain needs none. */
function preprocessing(
  manifest: ModelManifest,
  { transforms, layout }: { transforms: Transforms; layout: RowLayout },
): (batches: readonly RowBatch[], firstRow: number) => Float32Array | Promise<Float32Array> {
  const pathFrom = (firstRow: number) => (row: number, column: string) =>
    `instances[${firstRow + row}].${column}`
  const hasVectors = (layout.vectors ?? []).length > 0
  const byRow = hasVectors ? null : prepareRows(manifest, { transforms, columns: layout.numeric })
  if (byRow !== null) return (batches, firstRow) => byRow(batches, pathFrom(firstRow))
  const byColumn = prepareChain(manifest, transforms)
  return (batches, firstRow) => byColumn(toTable(batches, layout), pathFrom(firstRow))
}

function notFinite(row: number): FlywheelError {
  const path = `instances[${row}]`
  return new FlywheelError('instances-invalid', `${path}: the model has no finite answer to these values`, {
    errors: [
      { path, expected: 'values in the range of the training data', received: 'values far outside of it' },
    ],
  })
}

const wide = (outputs: Float32Array | Float64Array): Float64Array =>
  outputs instanceof Float64Array ? outputs : new Float64Array(outputs)

/** In the target's own unit where the head has a scale. */
const scaled = (outputs: Float32Array, { scale }: Head): Float32Array | Float64Array =>
  scale === undefined ? outputs : Float64Array.from(outputs, (value) => value * scale.multiply + scale.add)

/** @throws FlywheelError instances-invalid */
function checkFinite(
  outputs: Float32Array | Float64Array,
  { start, end, firstRow }: AnsweredPart,
  { units }: Head,
): void {
  for (let at = start * units; at < end * units; at++) {
    if (!Number.isFinite(outputs[at])) throw notFinite(firstRow + Math.floor(at / units) - start)
  }
}
