import type { Family, Input } from '../contracts/family.js'
import { parse } from '../contracts/validation.js'
import { invalidOption } from './invalid-option.js'
import { learn } from './learning.js'
import { lessonOf } from './lesson.js'
import type { Compressed, CompressionSource } from './method.js'
import type { DistilOptions } from './methods/distil.js'
import { narrowedTo } from './narrowed.js'

/** A quarter of the version's parameters. */
const DEFAULT_SHARE = 0.25

/** Trains a student on the version's answers. @throws FlywheelError specification-invalid for one that can not be */
export async function distilVersion(given: DistilOptions, source: CompressionSource): Promise<Compressed> {
  const { parent, training, context } = source
  const student = studentOf(given, source)
  const { data, rows } = await lessonOf(given, source)
  context.signal.throwIfAborted()
  const { optimizer } = training
  const { trained, warnings } = await learn(
    {
      ...student,
      data,
      training: {
        ...training,
        epochs: given.epochs,
        earlyStopping: null,
        optimizer: { ...optimizer, learningRate: given.learningRate ?? optimizer.learningRate },
      },
    },
    source,
  )
  return {
    weights: trained.weights,
    optimizer: trained.optimizer,
    network: {
      family: student.family.name,
      hyperparameters: student.hyperparameters,
      input: student.input,
      seed: training.seed,
    },
    trained,
    warnings,
    details: {
      family: student.family.name,
      hyperparameters: student.hyperparameters,
      parameters: { parent: parametersOf(source.family, parent), child: student.parameters },
      rows,
    },
  }
}

const parametersOf = (
  family: Family,
  { shapes, family: { hyperparameters } }: CompressionSource['parent'],
): number => family.plan(shapes, hyperparameters as never).parameters

/** @throws FlywheelError specification-invalid when it does not take the version's rows, or is no smaller */
function studentOf(given: DistilOptions, source: CompressionSource) {
  const { parent } = source
  const isOwn = given.family === undefined || given.family === source.family.name
  const family = isOwn ? source.family : (source.families.get(given.family as string) as Family)
  const input = isOwn ? (parent.shapes.inputs[0] as Input) : source.inputOf(family)
  const shapes = { inputs: [input], units: parent.shapes.units }
  const hyperparameters =
    given.family === undefined && given.hyperparameters === undefined
      ? narrowedTo({
          family,
          shapes,
          hyperparameters: parent.family.hyperparameters,
          parametersShare: given.share ?? DEFAULT_SHARE,
          option: { name: 'share', value: given.share ?? DEFAULT_SHARE },
        })
      : parse(
          family.hyperparameters,
          { ...(isOwn ? (parent.family.hyperparameters as object) : {}), ...given.hyperparameters },
          { path: 'options.hyperparameters' },
        )
  const { parameters } = family.plan(shapes, hyperparameters as never)
  const most = parametersOf(source.family, parent)
  if (parameters >= most) {
    throw invalidOption(
      'hyperparameters',
      `a network of fewer parameters than the version’s ${most}`,
      parameters,
    )
  }
  return { family, input, hyperparameters, parameters }
}
