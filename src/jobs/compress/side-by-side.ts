import type { Compressed, CompressionSource } from '../../compression/method.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { copyRows, sizeOfShape } from '../../datasets/select-rows.js'
import { servedHead } from '../../evaluation/calibration/served-head.js'
import { answeredClasses } from '../../evaluation/calibration/threshold.js'
import {
  compareClasses,
  compareValues,
  type PairedTest,
} from '../../evaluation/comparison/compare-answers.js'
import { randomizationTests } from '../../evaluation/comparison/randomization.js'
import { metricValues } from '../../evaluation/metric-values.js'
import type { Compression } from '../../evaluation/report/compression-schema.js'
import { type StoredModel, scalarColumn, withColumns } from '../../evaluation/stored-model.js'
import { type OpenedExecutor, openExecutor } from '../../serving/predictor/open-executor.js'
import { type Catalogue, named } from '../train/catalogue.js'
import { judgeAcceptance } from './accept.js'
import { measuredRows, measureLatency, repeated, requestRows } from './latency.js'
import { measureMemory } from './memory/measure-memory.js'
import type { CompressSpecification } from './request.js'

export interface SideBySideOptions {
  readonly specification: CompressSpecification
  readonly details: Compressed['details']
  readonly source: CompressionSource
  readonly catalogue: Catalogue
  /** Of both versions without their reports. */
  readonly sizeBytes: { readonly parent: number; readonly child: number }
}

/** Parent and child on the same test rows, and what they take. */
export async function sideBySide(child: StoredModel, options: SideBySideOptions): Promise<Compression> {
  const { specification, details, source, catalogue, sizeBytes } = options
  const { model: parent, task } = source
  const answered = await answers({ parent, child }, source)
  const first = catalogue.metrics.get(task.metrics[0] as string)
  if (first === undefined) throw new Error(`there is no metric ${task.metrics[0]}`)
  const metricsOf = (outputs: Float64Array) =>
    metricValues(task.metrics, catalogue.metrics, { ...answered, outputs }).values
  const [before, after] = [metricsOf(answered.parent), metricsOf(answered.child)]
  const pValues = await randomizationTests(task.metrics, {
    metrics: catalogue.metrics,
    context: answered,
    first: answered.parent,
    second: answered.child,
    signal: source.context.signal,
  })
  const judged = {
    sizeBytes: pair(sizeBytes),
    servedBytes: pair({ parent: servedBytes(parent.manifest), child: servedBytes(child.manifest) }),
    ...(await measured(child, options)),
    rows: answered.yTrue.length,
    metrics: Object.fromEntries(
      Object.entries(before).map(([name, value]) => [
        name,
        { parent: value, child: after[name] ?? null, pValue: pValues[name] ?? null },
      ]),
    ),
    comparison: { ...compare(answered, { parent, child }) },
  }
  return {
    method: specification.method,
    options: specification.options,
    parent: specification.model,
    details: { ...details },
    ...judged,
    accept: judgeAcceptance(specification.accept, judged, first),
  }
}

interface Answered {
  readonly yTrue: Float64Array
  readonly parent: Float64Array
  readonly child: Float64Array
  readonly units: number
}

async function answers(
  { parent, child }: { parent: StoredModel; child: StoredModel },
  { table, rows, head }: CompressionSource,
): Promise<Answered> {
  const { features, target } = parent.manifest
  const part = copyRows(withColumns(table, [...features, target]), rows.test)
  return {
    yTrue: parent.truth(scalarColumn(part, target)),
    parent: await parent.answer(part),
    child: await child.answer(part),
    units: head.units,
  }
}

function compare(
  { yTrue, units, ...outputs }: Answered,
  models: { readonly parent: StoredModel; readonly child: StoredModel },
): PairedTest {
  if (models.parent.task.kind === 'regression') {
    return compareValues({ yTrue, first: outputs.parent, second: outputs.child })
  }
  const classesOf = (which: 'parent' | 'child') =>
    answeredClasses(
      { yTrue, outputs: outputs[which] },
      { units, threshold: models[which].manifest.calibration?.threshold },
    )
  return compareClasses({ yTrue, first: classesOf('parent'), second: classesOf('child') })
}

/** Both as a predictor on a CPU holds and runs them. */
async function measured(
  child: StoredModel,
  { source, catalogue }: SideBySideOptions,
): Promise<Pick<Compression, 'memoryBytes' | 'latency'>> {
  const { model: parent, context } = source
  const { artifacts, signal } = context
  const features = await source.features(source.table, measuredRows(source))
  const width = sizeOfShape(child.manifest.shapes.inputs[0]?.shape ?? [])
  const memory = { artifacts, features: repeated(features, Math.max(...requestRows) * width) }
  const memoryBytes = pair({
    parent: await measureMemory(parent.manifest, memory),
    child: await measureMemory(child.manifest, memory),
  })
  const executors: OpenedExecutor[] = []
  const open = async ({ manifest, task }: StoredModel): Promise<OpenedExecutor> => {
    const executor = await openExecutor({
      manifest,
      family: named(catalogue.families, manifest.family.name, 'family'),
      head: servedHead(task, manifest),
      artifacts,
      tensorflow: source.tensorflow,
      hasGpu: false,
    })
    executors.push(executor)
    return executor
  }
  try {
    const [before, after] = [await open(parent), await open(child)]
    const latency = await measureLatency({ parent: before, child: after }, { features, width, signal })
    return { memoryBytes, latency }
  } finally {
    for (const executor of executors) executor.dispose()
  }
}

const servedBytes = ({ onnx, weights }: ModelManifest): number =>
  onnx !== undefined && 'sha256' in onnx ? onnx.sizeBytes : (weights?.sizeBytes ?? 0)

const pair = ({ parent, child }: { parent: number; child: number }) => ({
  parent,
  child,
  times: parent / child,
})
