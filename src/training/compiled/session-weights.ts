import type { LayersModel } from '@tensorflow/tfjs'
import { DataType } from '../../tensorflow/data-types.js'
import type { GraphBuilder } from '../../tensorflow/graph/graph-builder.js'
import type { Variable } from '../../tensorflow/graph/loop.js'
import type { Session } from '../../tensorflow/graph/session.js'
import type { Training } from '../options.js'
import type { WrittenState } from '../step-runner.js'
import type { TrainingStep } from '../training-step.js'
import type { NamedTensor } from '../weights.js'

/** A variable of the session that a training changes: a weight of the model or a slot of the optimizer. */
export interface Kept extends Variable {
  /** As it is stored. */
  readonly storedName: string
}

/** Weights in the order of `model.weights`, and slots and sums in that of the trainable ones. */
export interface KeptVariables {
  readonly weights: readonly Kept[]
  readonly slots: readonly Kept[]
  /** Gradients that are summed up between updates, where more than one batch makes an update; not stored. */
  readonly sums: readonly Variable[]
  /** What gradients are multiplied by, each with the place of its weight in `weights`; not stored. */
  readonly masks: readonly (Variable & { readonly weight: number })[]
}

export function keptVariables(
  model: LayersModel,
  { trainables }: TrainingStep,
  { gradientAccumulationSteps }: Pick<Training, 'gradientAccumulationSteps'>,
): KeptVariables {
  const kept = (name: string, storedName: string, shape: readonly number[]): Kept => ({
    name,
    storedName,
    dtype: DataType.FLOAT,
    shape,
  })
  return {
    weights: model.weights.map((weight, i) =>
      kept(`weight_${i}`, weight.originalName, weight.shape as number[]),
    ),
    slots: trainables.flatMap(({ slots }, i) =>
      slots.map((slot, j) => kept(`slot_${i}_${j}`, slot.name, slot.variable.shape)),
    ),
    sums:
      gradientAccumulationSteps === 1
        ? []
        : trainables.map(({ variable }, i) => ({
            name: `sum_${i}`,
            dtype: DataType.FLOAT,
            shape: variable.shape,
          })),
    masks: trainables.flatMap(({ weight, variable: { shape }, mask }, i) =>
      mask === null
        ? []
        : [{ name: `mask_${i}`, dtype: DataType.FLOAT, shape, weight: model.weights.indexOf(weight) }],
    ),
  }
}

/** Adds what reads and writes a variable from outside: `NAME_value` is fed, `NAME_set` run, `NAME_get` fetched. */
export function addAccess(graph: GraphBuilder, { name, dtype, shape }: Variable): void {
  graph.placeholder(`${name}_value`, dtype, shape)
  const attributes = { dtype: { type: dtype } }
  graph.node('AssignVariableOp', [name, `${name}_value`], attributes, `${name}_set`)
  graph.node('ReadVariableOp', [name], attributes, `${name}_get`)
}

/** A variable's value from outside. */
export interface Written {
  readonly variable: Variable
  readonly values: unknown
}

/** Sets variables of the session, all in one run: each set of variables is prepared by TensorFlow anew. */
export function writeVariables(session: Session, written: readonly Written[]): void {
  const names = written.map(({ variable }) => variable.name)
  const call = session.prepare({
    name: 'write',
    feeds: names.map((name) => `${name}_value`),
    targets: names.map((name) => `${name}_set`),
  })
  call.run(written.map(({ variable: { dtype, shape }, values }) => ({ dtype, shape, values })))
}

/** Reads and writes the variables that a training changes. */
export function accessTo(session: Session, { weights, slots, masks }: KeptVariables) {
  const all = [...weights, ...slots]
  const reading = session.prepare({ name: 'read', fetches: all.map(({ name }) => `${name}_get`) })

  function read(): { weights: NamedTensor[]; slots: NamedTensor[] } {
    const values = reading.run([]) as Float32Array[]
    const named = all.map(({ storedName: name, shape }, i) => ({
      name,
      shape,
      values: values[i] as Float32Array,
    }))
    return { weights: named.slice(0, weights.length), slots: named.slice(weights.length) }
  }

  return {
    read,
    /** Weights by their order, slots by their names; what is not given stays as it is. */
    write(given: WrittenState): void {
      const byName = new Map(given.slots?.map((slot) => [slot.name, slot]))
      const written = [
        ...weights.map((variable, i) => ({ variable, values: given.weights?.[i]?.values })),
        ...slots.map((variable) => ({ variable, values: byName.get(variable.storedName)?.values })),
        ...masks.map((variable) => ({ variable, values: given.masks?.[variable.weight] ?? undefined })),
      ]
      writeVariables(
        session,
        written.filter(({ values }) => values !== undefined),
      )
    },
  }
}

export const dtypeOf = (values: Float32Array | Int32Array): number =>
  values instanceof Int32Array ? DataType.INT32 : DataType.FLOAT
