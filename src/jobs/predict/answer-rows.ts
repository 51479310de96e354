import type { RowError } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { RunContext } from '../../contracts/job.js'
import type { Prediction } from '../../contracts/task.js'
import type { Block } from '../../datasets/read-blocks.js'
import { blocksOf, sizeOfShape, sliceRows } from '../../datasets/select-rows.js'
import { servedHead } from '../../evaluation/calibration/served-head.js'
import { inOwnUnit } from '../../evaluation/evaluate.js'
import { withColumns } from '../../evaluation/stored-model.js'
import { outputDecoder } from '../../serving/decode-outputs.js'
import type { ExecutorChoice } from '../../serving/messages.js'
import { openExecutor } from '../../serving/predictor/open-executor.js'
import type { Servable } from '../../serving/servable.js'
import { prepareChain } from '../../transforms/chain/apply-chain.js'
import { type Catalogue, named } from '../train/catalogue.js'

/** What a block of rows was answered; `errors` says why a row has no answer. */
export interface Answers {
  readonly predictions: readonly (Prediction | null)[]
  readonly errors: readonly RowError[]
}

/** A version that answers rows of a dataset, as its predictors answer those of requests. */
export interface RowAnswerer {
  /** What computes the network, and why that. */
  readonly executor: ExecutorChoice
  answer(block: Block): Promise<Answers>
  dispose(): void
}

/** Bytes of the network's input that are made at once: pictures are large. */
const INPUT_BYTES = 64 * 1024 ** 2

/** Opens a version; the caller disposes of it. */
export async function openRowAnswerer(
  servable: Servable,
  { catalogue, context }: { catalogue: Catalogue; context: RunContext },
): Promise<RowAnswerer> {
  const { manifest, task } = servable
  const head = servedHead(task, manifest)
  const preprocess = prepareChain(manifest, catalogue.transforms)
  const decode = outputDecoder(servable)
  const executor = await openExecutor({
    manifest,
    family: named(catalogue.families, manifest.family.name, 'family'),
    head,
    artifacts: context.artifacts,
    hasGpu: await context.hasGpu(),
    tensorflow: () => context.tensorflow({ deterministic: false }),
  })
  const width = sizeOfShape(manifest.shapes.inputs[0]?.shape ?? [])
  const rowsAtOnce = Math.max(1, Math.floor(INPUT_BYTES / (4 * width)))

  async function answer({ from, table }: Block): Promise<Answers> {
    let features: Float32Array
    try {
      features = await preprocess(table, (row, column) => pathOf(from + row, column))
    } catch (error) {
      if (!(error instanceof FlywheelError) || error.code !== 'instances-invalid') throw error
      if (table.rows === 1) return { predictions: [null], errors: error.errors.slice(0, 1) }
      return answerHalves({ from, table })
    }
    const outputs = inOwnUnit(Float64Array.from(await executor.run(features, table.rows)), head.scale)
    const errors: RowError[] = []
    for (let row = 0; row < table.rows; row++) {
      const own = outputs.subarray(row * head.units, (row + 1) * head.units)
      if (!own.every(Number.isFinite)) errors.push(notFinite(from + row))
    }
    if (errors.length === 0) return { predictions: decode(outputs), errors }
    return { predictions: withGaps(outputs, head.units), errors }
  }

  /** One row has a value that can not be used: the others are answered without it. */
  async function answerHalves({ from, table }: Block): Promise<Answers> {
    const middle = Math.ceil(table.rows / 2)
    const first = await answer({ from, table: sliceRows(table, { from: 0, to: middle }) })
    const second = await answer({
      from: from + middle,
      table: sliceRows(table, { from: middle, to: table.rows }),
    })
    return {
      predictions: [...first.predictions, ...second.predictions],
      errors: [...first.errors, ...second.errors],
    }
  }

  /** Rows whose outputs are no numbers are not decoded. */
  const withGaps = (outputs: Float64Array, units: number): (Prediction | null)[] =>
    Array.from({ length: outputs.length / units }, (_, row) => {
      const own = outputs.slice(row * units, (row + 1) * units)
      return own.every(Number.isFinite) ? (decode(own)[0] ?? null) : null
    })

  return {
    executor: executor.choice,
    async answer({ from, table }) {
      const predictions: (Prediction | null)[] = []
      const errors: RowError[] = []
      for (const { from: start, block } of blocksOf(withColumns(table, manifest.features), rowsAtOnce)) {
        const answers = await answer({ from: from + start, table: block })
        predictions.push(...answers.predictions)
        errors.push(...answers.errors)
      }
      return { predictions, errors }
    },
    dispose: () => executor.dispose(),
  }
}

/** Rows count from 1, as in reports of uploads. */
const pathOf = (row: number, column: string): string => `row ${row + 1}, ${column}`

const notFinite = (row: number): RowError => ({
  path: `row ${row + 1}`,
  expected: 'values in the range of the training data',
  received: 'values that the model has no finite answer to',
})
