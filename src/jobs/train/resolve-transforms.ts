import { type DatasetColumn, isProse, kindOfType } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { RegistryLookup } from '../../contracts/job.js'
import type { Column, Table } from '../../contracts/table.js'
import type { ChainStep } from '../../contracts/transform.js'
import { parse } from '../../contracts/validation.js'
import { encodePixels } from '../../datasets/images/decode-image.js'
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
/** Of prose, whose every text is taken apart: an api does nothing else meanwhile. */
const REHEARSED_TEXTS = 300
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
  const table = await rehearsalTable(features)
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

async function rehearsalTable(features: readonly DatasetColumn[]): Promise<Table> {
  const valuesOf = (column: DatasetColumn): number => {
    if (kindOfType(column.type) !== 'text') return 2
    return Math.min(column.distinct, isProse(column) ? REHEARSED_TEXTS : REHEARSED_VALUES)
  }
  const rows = 1 + REHEARSED_REPEATS * Math.max(...features.map(valuesOf))
  const values = Float64Array.from({ length: rows }, (_, row) => row % 2)
  const gappy = values.map((value, row) => (row === 0 ? Number.NaN : value))
  const picture = features.some(({ type }) => type === 'image') ? await rehearsedImage(features) : null
  const columns = features.map((feature): Column => {
    const { name, type, missing, length = 1 } = feature
    const kind = kindOfType(type)
    if (kind === 'bytes') {
      const files = Array.from({ length: rows }, (_, row) => (row === 0 && missing > 0 ? null : picture))
      return { kind, name, values: files }
    }
    if (kind === 'numeric') return { kind, name, values: missing > 0 ? gappy : values }
    if (kind === 'tensor') {
      const numbers = Float32Array.from({ length: rows * length }, (_, at) =>
        missing > 0 && at < length ? Number.NaN : Math.floor(at / length) % 2,
      )
      return { kind, name, rowKind: 'vector', shape: [length], values: numbers }
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

/** A side that is larger than any default; steps that are told a size make every image that large. */
const REHEARSED_SIDE = 65

/** As large as most images are, but for large ones, which are made smaller anyway. */
async function rehearsedImage(features: readonly DatasetColumn[]): Promise<Uint8Array> {
  const { images } = features.find(({ type }) => type === 'image') ?? {}
  const { width, height, channels } = images ?? { width: 1, height: 1, channels: 3 }
  const side = (length: number) => Math.min(length, REHEARSED_SIDE)
  const form = { width: side(width), height: side(height), channels: channels === 1 ? 1 : 3 } as const
  const data = new Uint8Array(form.width * form.height * form.channels)
  return encodePixels({ ...form, data })
}

/** Of a word and the space after it, on average, in many languages. */
const BYTES_PER_WORD = 6
const MAX_REHEARSED_WORDS = 50

/** As many words as the column's texts have, none of them twice. */
function rehearsedText({ meanBytes = 0 }: DatasetColumn, code: number): string {
  const words = Math.min(Math.round(meanBytes / BYTES_PER_WORD), MAX_REHEARSED_WORDS)
  const more = Array.from({ length: Math.max(0, words - 2) }, (_, at) => ` w${code}x${at}`)
  return `value ${code}${more.join('')}`
}
