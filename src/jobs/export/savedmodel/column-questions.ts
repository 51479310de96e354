import { kindOfType } from '../../../contracts/dataset.js'
import { FlywheelError } from '../../../contracts/errors.js'
import type { Column, Table } from '../../../contracts/table.js'
import type { FittedTransform } from '../../../contracts/transform.js'
import { MISSING_WORDS } from '../../../datasets/cell-grammar.js'
import { seededNumbers } from '../../../datasets/seeded-order.js'
import type { Signature } from '../../../serving/signature.js'
import { prepareChain } from '../../../transforms/chain/apply-chain.js'
import type { ExportedVersion, ProofQuestion, Values } from '../format.js'
import { type Answer, inParts, proofRows } from '../proof/version-answers.js'

const rows = proofRows

/**
 * Questions in columns: numbers and texts that the fitted transforms know, others that they do not, and missing ones
 * where the version takes them, spelt in every way.
 *
 * @param options.names of the signature's inputs, in the order of the columns
 */
export async function columnQuestions(
  version: ExportedVersion,
  answer: Answer,
  { signature, names }: { signature: string; names: readonly string[] },
): Promise<ProofQuestion[]> {
  const { servable, transforms } = version
  const { manifest } = servable
  const preprocess = prepareChain(manifest, transforms)
  const ask = async (hasMissing: boolean): Promise<ProofQuestion> => {
    const { table, values } = drawnColumns(servable.signature, { steps: manifest.transforms, hasMissing })
    const numbers = await preprocess(table)
    const inputs = Object.fromEntries(names.map((each, at) => [each, values[at] as Values]))
    return { signature, rows, inputs, expected: await answer(numbers, rows) }
  }
  const question = await ask(true).catch((error: unknown) => {
    const isMissing = error instanceof FlywheelError && error.code === 'instances-invalid'
    if (isMissing) return ask(false)
    throw error
  })
  return inParts(version, question)
}

interface Drawing {
  readonly steps: readonly FittedTransform[]
  readonly hasMissing: boolean
}

function drawnColumns({ inputs }: Signature, { steps, hasMissing }: Drawing) {
  const random = seededNumbers(1)
  const { texts, numbers } = knownValues(steps)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const isMissing = () => hasMissing && random() < 1 / 8
  const columns: Column[] = []
  const given: Values[] = []
  const number = () => (random() < 0.5 ? pick(numbers) : 4 * random() - 2)
  for (const { name, type, length = 1 } of inputs) {
    const kind = kindOfType(type)
    if (kind === 'text') {
      const drawn = Array.from({ length: rows }, () => (isMissing() ? null : pick(texts)))
      columns.push(textColumn(name, drawn))
      given.push(drawn.map((text) => (text === null ? pick(['', ...MISSING_WORDS]) : ` ${text}\t`)))
    } else if (kind === 'tensor') {
      const values = Float32Array.from({ length: rows * length }, number)
      columns.push({ kind: 'tensor', name, rowKind: 'vector', shape: [length], values })
      given.push(values)
    } else {
      const values = Float64Array.from({ length: rows }, () => (isMissing() ? Number.NaN : number()))
      columns.push({ kind: 'numeric', name, values })
      given.push(values)
    }
  }
  const table: Table = { rows, columns }
  return { table, values: given }
}

function textColumn(name: string, texts: readonly (string | null)[]): Column {
  const dictionary = [...new Set(texts)].filter((text) => text !== null)
  return {
    kind: 'text',
    name,
    dictionary,
    codes: Int32Array.from(texts, (text) => dictionary.indexOf(text as string)),
  }
}

const missingWords: ReadonlySet<string> = new Set(MISSING_WORDS)

/** At most so many of each. */
const mostKnown = 200

/** Texts and numbers of the steps' states, and some that none of them has. */
function knownValues(steps: readonly FittedTransform[]): { texts: string[]; numbers: number[] } {
  const texts = new Set(['seen by no training', 'größer'])
  const numbers = new Set([0, 1, -1, 1e6])
  const walk = (value: unknown): void => {
    if (typeof value === 'number' && Math.abs(value) < 1e9 && numbers.size < mostKnown) numbers.add(value)
    if (typeof value === 'string' && texts.size < mostKnown) {
      if (value !== '' && value === value.trim() && !missingWords.has(value)) texts.add(value)
      if (String(Number(value)) === value) walk(Number(value))
    }
    if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) walk(each)
  }
  for (const { state } of steps) walk(state)
  return { texts: [...texts], numbers: [...numbers] }
}
