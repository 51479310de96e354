import { FlywheelError } from '../contracts/errors.js'
import type { Family, TensorFlow } from '../contracts/family.js'
import type { ModelManifest } from '../contracts/model-manifest.js'
import type { ScalarColumn, Table } from '../contracts/table.js'
import type { Task } from '../contracts/task.js'
import { passingBlocks } from '../datasets/select-rows.js'
import { loadNetwork } from '../training/network.js'
import { openNetwork } from '../training/open-network.js'
import { prepareChain } from '../transforms/chain/apply-chain.js'
import type { Transforms } from '../transforms/chain/catalogue.js'
import { servedHead } from './calibration/served-head.js'
import { inOwnUnit } from './evaluate.js'

/** A version in memory, as jobs use it: whole tables in the dataset's columns go in. */
export interface StoredModel {
  readonly manifest: ModelManifest
  readonly task: Task
  /**
   * Block by block: the table may lie in a file.
   *
   * @returns [rows, units], row-major: probabilities, or values in the target's own unit
   * @throws FlywheelError instances-invalid
   */
  answer(table: Table): Promise<Float64Array>
  /** [rows]: class indices or values in the target's own unit; NaN where the target is missing or no class. */
  truth(target: ScalarColumn): Float64Array
  dispose(): void
}

export interface StoredModelOptions {
  readonly tf: TensorFlow
  readonly manifest: ModelManifest
  /** The blob that `manifest.weights` names. */
  readonly weights: Uint8Array
  readonly families: ReadonlyMap<string, Family>
  readonly tasks: ReadonlyMap<string, Task>
  readonly transforms: Transforms
}

/**
 * Loads a version; the caller disposes of it.
 *
 * @throws FlywheelError artifact-damaged when it needs what is not in this version of Flywheel
 */
export function openStoredModel({ tf, weights: bytes, ...options }: StoredModelOptions): StoredModel {
  const { manifest } = options
  const task = entry(options.tasks, manifest.task.name, 'task')
  const family = entry(options.families, manifest.family.name, 'family')
  const head = servedHead(task, manifest)
  return answeringModel(
    openNetwork({ tf, model: loadNetwork({ tf, family, manifest, bytes }), head }),
    options,
  )
}

/** What computes a network: features [rows, width] to outputs [rows, units], both row-major, before the head's scale. */
export interface NetworkRunner {
  run(features: Float32Array, rows: number): Promise<Float32Array>
  dispose(): void
}

/** A version around what computes its network, of which it disposes with itself. */
export function answeringModel(
  network: NetworkRunner,
  { manifest, tasks, transforms }: Pick<StoredModelOptions, 'manifest' | 'tasks' | 'transforms'>,
): StoredModel {
  const task = entry(tasks, manifest.task.name, 'task')
  const head = servedHead(task, manifest)
  const preprocess = prepareChain(manifest, transforms)
  return {
    manifest,
    task,
    async answer(table) {
      const outputs = new Float64Array(table.rows * head.units)
      for (const { from, block } of passingBlocks(withColumns(table, manifest.features))) {
        const features = await preprocess(block, (row, column) => `row ${from + row + 1}, ${column}`)
        outputs.set(await network.run(features, block.rows), from * head.units)
      }
      return inOwnUnit(outputs, head.scale)
    },
    truth: (target) => inOwnUnit(task.encode(target, manifest.task.state), head.scale),
    dispose: () => network.dispose(),
  }
}

/** The named columns of a table, in that order. */
export function withColumns(table: Table, names: readonly string[]): Table {
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const columns = names.map((name) => {
    const column = byName.get(name)
    if (column === undefined) throw new TypeError(`the table has no column ${name}`)
    return column
  })
  return { rows: table.rows, columns }
}

/** A column of single values, such as a target. */
export function scalarColumn(table: Table, name: string): ScalarColumn {
  const [column] = withColumns(table, [name]).columns
  if (column?.kind === 'numeric' || column?.kind === 'text') return column
  throw new TypeError(`the column ${name} holds ${column?.kind}, not single values`)
}

function entry<Entry>(entries: ReadonlyMap<string, Entry>, name: string, what: string): Entry {
  const found = entries.get(name)
  if (found !== undefined) return found
  throw new FlywheelError('artifact-damaged', `The model needs the ${what} ${name}, which is not there`)
}
