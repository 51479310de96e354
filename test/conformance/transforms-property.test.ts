import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { Column } from '../../src/contracts/table.js'
import type { FitContext, Transform } from '../../src/contracts/transform.js'
import { parse } from '../../src/contracts/validation.js'
import { copyRows, sizeOfShape, sliceRows } from '../../src/datasets/select-rows.js'
import { prepareChain } from '../../src/transforms/chain/apply-chain.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { type FittedChain, fitChain } from '../../src/transforms/chain/fit-chain.js'
import { filled, optionVariants, randomContext, randomNumbers, randomTable } from './transform-samples.js'

const SEEDS = 6
const transforms = await loadTransforms()

const takes = ({ accepts }: Transform, { kind }: Column): boolean =>
  accepts === kind || accepts === 'every' || (accepts === 'any' && (kind === 'numeric' || kind === 'text'))

/** The values of a row by column; zeros of both signs differ, as bytes do. */
const rowOf = (columns: readonly Column[], row: number): unknown[] =>
  columns.map((column) => [column.name, valueAt(column, row)])

function valueAt(column: Column, row: number): unknown {
  switch (column.kind) {
    case 'numeric':
    case 'bytes':
      return column.values[row]
    case 'text': {
      const code = column.codes[row] as number
      return code < 0 ? null : column.dictionary[code]
    }
    case 'tensor': {
      const size = sizeOfShape(column.shape)
      return column.values.slice(row * size, (row + 1) * size)
    }
  }
}

/** Rows that are served at once: several times what a chain takes together. */
const MANY_ROWS = 1300

/** Missing files, and vectors where they are not taken apart: no step fills them. */
const isGappy = (column: Column, { accepts }: Transform): boolean =>
  column.kind === 'bytes'
    ? column.values.includes(null)
    : column.kind === 'tensor' && accepts !== 'tensor' && column.values.some(Number.isNaN)

/** As a chain stores it. */
const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value))

/** Null where these options do not suit these columns or targets. */
async function whereItFits<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FlywheelError && error.code === 'specification-invalid') return null
    throw error
  }
}

interface Case {
  readonly columns: readonly Column[]
  readonly later: readonly Column[]
  readonly rows: number
  readonly laterRows: number
  readonly options: unknown
  readonly context: FitContext
  readonly seed: number
}

function isValid({ options }: Transform, variant: object): boolean {
  try {
    parse(options, variant)
    return true
  } catch {
    return false
  }
}

/** Random training rows, later rows, targets and options. */
function* casesOf(transform: Transform): Generator<Case> {
  const variants = optionVariants(transform.options as object).filter((variant) =>
    isValid(transform, variant),
  )
  for (let seed = 0; seed < SEEDS; seed++) {
    for (const [at, variant] of variants.entries()) {
      const random = randomNumbers(1 + seed * 1000 + at)
      const [rows, laterRows] = [2 + Math.floor(random() * 40), 1 + Math.floor(random() * 20)]
      const context = randomContext(rows, seed % 4 === 3 ? 0 : 2 + (seed % 3), random)
      const training = randomTable(rows, { random, isLater: false }).columns
      const later = randomTable(laterRows, { random, isLater: true }).columns
      const options = parse(transform.options, variant)
      for (const kinds of [['numeric', 'text'], ['numeric'], ['text'], ['bytes'], ['tensor']]) {
        const chosen = (column: Column) => takes(transform, column) && kinds.includes(column.kind)
        for (const prepare of [(column: Column) => column, filled]) {
          const columns = training.filter(chosen).map(prepare)
          if (columns.length === 0) continue
          const others = later.filter(chosen).map(prepare)
          yield { columns, later: others, rows, laterRows, options, context, seed }
        }
      }
    }
  }
}

for (const transform of transforms.values()) {
  test(`${transform.name} gives a row the same alone, in a batch, and with a state that went through JSON`, async () => {
    let tried = 0
    for (const { columns, later, laterRows, options, context } of casesOf(transform)) {
      const fitted = await whereItFits(async () => ({
        state: await transform.fit(columns, options, context),
        options,
      }))
      if (fitted === null) continue
      tried++
      const [first, stored] = [throughJson(fitted), throughJson(throughJson(fitted))]
      const batch = await transform.apply(later, first.state, options)
      const again = await transform.apply(later, stored.state, stored.options)
      for (let row = 0; row < laterRows; row++) {
        const one = sliceRows({ rows: laterRows, columns: later }, { from: row, to: row + 1 }).columns
        const alone = await transform.apply(one, stored.state, stored.options)
        assert.deepEqual(rowOf(alone, 0), rowOf(batch, row), JSON.stringify(options))
        assert.deepEqual(rowOf(again, row), rowOf(batch, row), JSON.stringify(options))
      }
    }
    assert.ok(tried >= SEEDS, `${tried} cases suited it`)
  })

  test(`a chain with ${transform.name} feeds the network the same bytes in training and serving`, async () => {
    let tried = 0
    for (const { columns, rows, options, context, seed } of casesOf(transform)) {
      if (columns.some((column) => isGappy(column, transform))) continue
      const training = { rows, columns }
      const chain = await whereItFits(() => chainWith(transform, { training, options, context }))
      if (chain === null) continue
      tried++
      const batch = await prepareChain(chain, transforms)(training)
      const stored = prepareChain(JSON.parse(JSON.stringify(chain)), transforms)
      const width = sizeOfShape(chain.row.shape)
      for (let row = 0; row < rows; row++) {
        const alone = await stored(sliceRows(training, { from: row, to: row + 1 }))
        assert.deepEqual(
          Buffer.from(alone.buffer),
          Buffer.from(batch.slice(row * width, (row + 1) * width).buffer),
        )
      }
      if (seed === 0 && columns.every(({ kind }) => kind !== 'bytes')) {
        const places = Int32Array.from({ length: MANY_ROWS }, (_, at) => (at * 7) % rows)
        const many = await stored(copyRows(training, places))
        for (const [at, row] of places.entries()) {
          const own = many.subarray(at * width, (at + 1) * width)
          assert.deepEqual(own, batch.subarray(row * width, (row + 1) * width), `row ${at}`)
        }
      }
      const own = chain.training.columns === null && chain.training.changes.length === 0
      if (own)
        assert.deepEqual(
          chain.training.rows,
          Int32Array.from({ length: rows }, (_, row) => row),
        )
    }
    assert.ok(tried >= SEEDS, `${tried} cases suited it`)
  })
}

/** The transform, then what makes numbers of texts and fills what is missing. */
async function chainWith(
  transform: Transform,
  {
    training,
    options,
    context,
  }: { training: { rows: number; columns: readonly Column[] }; options: unknown; context: FitContext },
): Promise<FittedChain> {
  const state = await transform.fit(training.columns, options, context)
  const made = await transform.apply(training.columns, state, options)
  const step = (name: string, kind: Column['kind'], given: object) => {
    const next = transforms.get(name) ?? assert.fail()
    const columns = made.filter((column) => column.kind === kind).map((column) => column.name)
    return columns.length === 0 ? [] : [{ transform: next, columns, options: parse(next.options, given) }]
  }
  const names = training.columns.map(({ name }) => name)
  return fitChain(training, {
    steps: [
      { transform, columns: names, options },
      ...step('impute', 'numeric', {}),
      ...step('one-hot', 'text', {}),
    ],
    ...context,
  })
}
