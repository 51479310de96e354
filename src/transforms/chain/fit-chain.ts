import { type ErrorDetail, FlywheelError } from '../../contracts/errors.js'
import type { Column, NumericColumn, Table, TextColumn } from '../../contracts/table.js'
import type { FittedTransform } from '../../contracts/transform.js'
import { sliceRows } from '../../datasets/select-rows.js'
import { type CheckedStep, matchColumns } from './steps.js'

export interface FittedChain {
  readonly transforms: readonly FittedTransform[]
  /** Columns after the chain, all numeric, in the order of the network's input. */
  readonly networkColumns: readonly string[]
}

/**
 * Fits the steps one after the other on the rows of `training` alone.
 *
 * @param training the features of the training rows
 * @throws FlywheelError specification-invalid for a step without columns, a transform that can't take a column,
 *   two columns of one name, and columns that are not numeric after the last step
 */
export function fitChain(training: Table, steps: readonly CheckedStep[]): FittedChain {
  let columns = training.columns
  const transforms: FittedTransform[] = []
  for (const [index, step] of steps.entries()) {
    const inputs = inputsOf(step, columns, `transforms[${index}]`)
    const state = step.transform.fit(inputs, step.options)
    const names = inputs.map(({ name }) => name)
    transforms.push({ name: step.transform.name, columns: names, options: step.options, state })
    columns = replaced(columns, names, outputsOf(step, inputs, state))
    refuseDuplicates(columns, `transforms[${index}]`)
  }
  refuseText(columns)
  return { transforms, networkColumns: columns.map(({ name }) => name) }
}

/** What the step makes of its inputs; the values are computed when a later step reads them, names and kinds at once. */
function outputsOf({ transform, options }: CheckedStep, inputs: readonly Column[], state: unknown): Column[] {
  let computed: readonly Column[] | undefined
  const output = (index: number): Column => {
    computed ??= transform.apply(inputs, state, options)
    return computed[index] as Column
  }
  const firstRow = sliceRows({ rows: 1, columns: inputs }, { from: 0, to: 1 }).columns
  return transform.apply(firstRow, state, options).map(
    ({ kind, name }, index): Column =>
      kind === 'numeric'
        ? {
            kind,
            name,
            get values() {
              return (output(index) as NumericColumn).values
            },
          }
        : {
            kind,
            name,
            get codes() {
              return (output(index) as TextColumn).codes
            },
            get dictionary() {
              return (output(index) as TextColumn).dictionary
            },
          },
  )
}

/** The columns with those of `inputs` taken out and `outputs` put where the first of them stood. */
function replaced(
  columns: readonly Column[],
  inputs: readonly string[],
  outputs: readonly Column[],
): readonly Column[] {
  const gone = new Set(inputs)
  const first = columns.findIndex(({ name }) => gone.has(name))
  const before = columns.slice(0, first)
  const after = columns.slice(first).filter(({ name }) => !gone.has(name))
  return [...before, ...outputs, ...after]
}

function inputsOf(step: CheckedStep, columns: readonly Column[], path: string): readonly Column[] {
  const names = columns.map(({ name }) => name)
  const { matched, unmatched } = matchColumns(step.columns, names)
  const errors: ErrorDetail[] = unmatched.map((pattern) => ({
    path: `${path}.columns`,
    expected: `columns among ${listed(names)}`,
    received: JSON.stringify(pattern),
  }))
  const chosen = new Set(matched)
  const inputs = columns.filter(({ name }) => chosen.has(name))
  for (const { name, kind } of inputs) {
    if (step.transform.accepts === 'any' || step.transform.accepts === kind) continue
    errors.push({
      path: `${path}.columns`,
      expected: `${step.transform.accepts === 'text' ? 'text' : 'numeric'} columns for ${step.transform.name}`,
      received: `${name}, which is ${kind}`,
    })
  }
  if (errors.length > 0) throw refused(errors)
  return inputs
}

function refuseDuplicates(columns: readonly Column[], path: string): void {
  const seen = new Set<string>()
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw refused([{ path, expected: 'columns with different names', received: `two columns ${name}` }])
    }
    seen.add(name)
  }
}

function refuseText(columns: readonly Column[]): void {
  const errors = columns
    .filter(({ kind }) => kind === 'text')
    .map(({ name }) => ({
      path: `features.${name}`,
      expected: 'a column that is numeric after the transforms (one-hot makes it so)',
      received: 'text',
    }))
  if (errors.length > 0) throw refused(errors)
}

function refused(errors: readonly ErrorDetail[]): FlywheelError {
  const detail = errors
    .slice(0, 3)
    .map(({ path, expected, received }) => `${path}: expected ${expected}, received ${received}`)
    .join('; ')
  return new FlywheelError('specification-invalid', detail, { errors: errors.slice(0, 100) })
}

/** Names for a message: the first 20, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length - 20
  return names.slice(0, 20).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
