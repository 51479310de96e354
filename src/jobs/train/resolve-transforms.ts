import type { DatasetColumn } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { RegistryLookup } from '../../contracts/job.js'
import type { Column, Table } from '../../contracts/table.js'
import type { ChainStep } from '../../contracts/transform.js'
import { parse } from '../../contracts/validation.js'
import { sliceRows } from '../../datasets/select-rows.js'
import { prepareChain } from '../../transforms/chain/apply-chain.js'
import { type FittedChain, fitChain } from '../../transforms/chain/fit-chain.js'
import type { CheckedStep, TransformStep, TransformsRequest } from '../../transforms/chain/steps.js'
import { type Catalogue, invalid, named } from './catalogue.js'
import { listed } from './resolve-columns.js'

/** A step with all of its options. */
export type ResolvedStep = Required<TransformStep>

/** The steps that a request names, and the chain that they come from. */
export async function givenSteps(
  given: TransformsRequest | undefined,
  registry: Pick<RegistryLookup, 'chain'>,
): Promise<{ steps: readonly TransformStep[] | undefined; chain: string | null }> {
  if (given === undefined || Array.isArray(given)) return { steps: given, chain: null }
  const { name, version, steps } = await registry.chain(given.chain)
  return { steps: steps.map((step) => asRequest(step)), chain: `${name}@${version}` }
}

const asRequest = ({ name, columns, options }: ChainStep): TransformStep => ({
  name,
  columns: typeof columns === 'string' ? columns : [...columns],
  options: { ...options },
})

/**
 * Fills in every option.
 *
 * @throws FlywheelError specification-invalid for unknown transforms and options that do not fit
 */
export function resolveSteps(
  steps: readonly TransformStep[],
  { transforms }: Pick<Catalogue, 'transforms'>,
): ResolvedStep[] {
  return steps.map(({ name, columns, options = {} }, index) => {
    const path = `transforms[${index}]`
    const transform = named(transforms, name, `${path}.name`)
    const parsed = parse(transform.options, options, { path: `${path}.options` })
    return { name, columns, options: parsed as Record<string, unknown> }
  })
}

/** The steps with their transforms, ready to be fitted. */
export const checkedSteps = (
  steps: readonly ResolvedStep[],
  { transforms }: Pick<Catalogue, 'transforms'>,
): CheckedStep[] =>
  steps.map(({ name, columns, options }, index) => ({
    transform: named(transforms, name, `transforms[${index}].name`),
    columns,
    options,
  }))

/** Different values of a text column in the rehearsal; more than any default makes columns of. */
const REHEARSED_VALUES = 1000
/** So often each value stands in the rehearsal, so that rare ones do not look rare. */
const REHEARSED_REPEATS = 5

/**
 * Fits the steps on made-up rows with the columns' kinds, numbers of values and missing values. It finds steps that
 * can't work before anything is queued, and how wide the network's input will be: exactly, but for values that
 * are rare or not in the training rows.
 *
 * @param options.classes of the target; 0 for a regression
 * @throws FlywheelError specification-invalid, as fitChain does, and for missing values that no step fills
 */
export async function rehearse(
  features: readonly DatasetColumn[],
  steps: readonly CheckedStep[],
  { transforms, classes }: Pick<Catalogue, 'transforms'> & { classes: number },
): Promise<FittedChain> {
  const table = rehearsalTable(features)
  const targets = Float64Array.from({ length: table.rows }, (_, row) => row % Math.max(2, classes))
  const chain = await fitChain(table, { steps, targets, classes, seed: 0 })
  try {
    await prepareChain(chain, transforms)(sliceRows(table, { from: 0, to: 1 }))
  } catch (error) {
    if (!(error instanceof FlywheelError) || error.code !== 'instances-invalid') throw error
    const gappy = features.filter(({ missing }) => missing > 0)
    throw invalid('transforms', 'an impute step for columns with missing values', listed(gappy))
  }
  return chain
}

function rehearsalTable(features: readonly DatasetColumn[]): Table {
  const valuesOf = ({ type, distinct }: DatasetColumn) =>
    type === 'text' || type === 'category' ? Math.min(distinct, REHEARSED_VALUES) : 2
  const rows = 1 + REHEARSED_REPEATS * Math.max(...features.map(valuesOf))
  const values = Float64Array.from({ length: rows }, (_, row) => row % 2)
  const gappy = values.map((value, row) => (row === 0 ? Number.NaN : value))
  const columns = features.map((feature): Column => {
    const { name, type, missing } = feature
    if (type !== 'text' && type !== 'category') {
      return { kind: 'numeric', name, values: missing > 0 ? gappy : values }
    }
    const count = Math.max(valuesOf(feature), 1)
    const codes = Int32Array.from({ length: rows }, (_, row) => (row === 0 && missing > 0 ? -1 : row % count))
    return {
      kind: 'text',
      name,
      codes,
      dictionary: Array.from({ length: count }, (_, code) => rehearsedText(feature, code)),
    }
  })
  return { rows, columns }
}

/** Of a word and the space after it, on average, in many languages. */
const BYTES_PER_WORD = 6
const MAX_REHEARSED_WORDS = 50

/** Prose has as many words as the column's texts, none of them twice: more terms than there will be. */
function rehearsedText({ meanBytes = 0 }: DatasetColumn, code: number): string {
  const words = Math.min(Math.round(meanBytes / BYTES_PER_WORD), MAX_REHEARSED_WORDS)
  const more = Array.from({ length: Math.max(0, words - 2) }, (_, at) => ` w${code}x${at}`)
  return `value ${code}${more.join('')}`
}
