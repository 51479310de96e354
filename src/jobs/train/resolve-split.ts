import type { Static } from 'typebox'
import type { DatasetColumn, DatasetSnapshot } from '../../contracts/dataset.js'
import type { SplitOptions } from '../../contracts/split.js'
import type { Task } from '../../contracts/task.js'
import { parse } from '../../contracts/validation.js'
import { invalid } from './catalogue.js'
import { evaluationOptions, type TrainRequest, type TrainSpecification } from './request.js'
import { listed } from './resolve-columns.js'

/** What the job's evaluation is, but for its split. */
type Given = Static<typeof evaluationOptions>

/**
 * Fills in how the model is judged and how rows are split for it.
 *
 * @throws FlywheelError specification-invalid for a split without its column, with one that it can't go by, or with
 *   options that it takes no notice of
 */
export function resolveEvaluation(
  given: TrainRequest['evaluation'] = {},
  { snapshot, target, task }: { snapshot: DatasetSnapshot; target: DatasetColumn; task: Task },
): TrainSpecification['evaluation'] {
  const evaluation: Given = parse(evaluationOptions, given, { path: 'evaluation' })
  const split = evaluation.split ?? usualSplit(task)
  checkSplit(split, { snapshot, target, task, path: 'evaluation.split' })
  const inFolds = evaluation.crossValidation?.split
  if (inFolds !== undefined) {
    checkSplit(inFolds, { snapshot, target, task, path: 'evaluation.crossValidation.split' })
  }
  if (split.by !== 'column') return { ...evaluation, split }
  if (given.testSplit !== undefined) {
    const expected = `none, since ${split.column} says which rows are test rows`
    throw invalid('evaluation.testSplit', expected, given.testSplit)
  }
  return { ...evaluation, testSplit: null, split }
}

/** What a job gets that names none, and what one from before there was a choice had. */
export const usualSplit = ({ kind }: Task): SplitOptions => ({
  by: kind === 'classification' ? 'stratified' : 'random',
})

/** How rows are dealt out to the folds of a cross-validation. */
export const splitOfFolds = ({
  split,
  crossValidation,
}: TrainSpecification['evaluation']): SplitOptions | undefined => crossValidation?.split ?? split

/** The same job as each fold does it. */
export function inFold<Specification extends Pick<TrainSpecification, 'evaluation'>>(
  specification: Specification,
): Specification {
  const { evaluation } = specification
  const split = splitOfFolds(evaluation)
  return split === undefined ? specification : { ...specification, evaluation: { ...evaluation, split } }
}

/** The columns that rows are split by, to parts or to folds: they are no features unless they are named. */
export const splitColumnsOf = ({
  split,
  crossValidation,
}: Pick<Given, 'split' | 'crossValidation'> = {}): string[] =>
  [split, crossValidation?.split].flatMap((each) => each?.column ?? [])

function checkSplit(
  { by, column: name }: SplitOptions,
  {
    snapshot,
    target,
    task,
    path: splitPath,
  }: { snapshot: DatasetSnapshot; target: DatasetColumn; task: Task; path: string },
): void {
  if (by === 'stratified' && task.kind === 'regression') {
    const expected = 'random, group, time or column: a regression has no classes'
    throw invalid(`${splitPath}.by`, expected, by)
  }
  const path = `${splitPath}.column`
  if (by === 'stratified' || by === 'random') {
    if (name !== undefined) throw invalid(path, `none, since a ${by} split goes by no column`, name)
    return
  }
  const others = snapshot.columns.filter((column) => column.name !== target.name)
  const column = others.find((other) => other.name === name)
  if (column === undefined) {
    throw invalid(path, `a column of the dataset beside the target: ${listed(others)}`, name)
  }
  const { missing, distinct, type } = column
  // Rows without a target are in no part: their values are looked at when the data is read.
  if (missing > target.missing) {
    throw invalid(path, 'a column with a value in every row', `${name} without one in ${missing} rows`)
  }
  if (distinct < 2)
    throw invalid(path, 'a column with two different values at least', `${distinct} in ${name}`)
  const kinds = {
    group: null,
    time: ['number', 'integer', 'date', 'category', 'text', 'identifier'],
    // Folds may be numbered; parts have names.
    column: splitPath === 'evaluation.split' ? ['category', 'text', 'identifier'] : null,
  }[by]
  if (kinds === null || kinds.includes(type)) return
  const expected = by === 'time' ? 'numbers or times' : 'the texts train, validation and test'
  throw invalid(path, `a column of ${expected}`, `${name}, which is ${type}`)
}
