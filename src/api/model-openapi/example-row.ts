import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Signature } from '../../serving/signature.js'

type Input = Signature['inputs'][number]

/** A grey square of 8 × 8 pixels, as PNG in base64. */
const greySquare =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAMAAADz0U65AAAAA1BMVEWAgICQdD0xAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12NgoA4AAABIAAH/myMhAAAAAElFTkSuQmCC'

/**
 * A row that the version takes, of values that its transforms have learnt: the middle of numbers, the first of the
 * known categories. It is no row of the dataset, which may be nobody's business.
 */
export function exampleRow(
  manifest: Pick<ModelManifest, 'transforms'>,
  { inputs }: Pick<Signature, 'inputs'>,
): Record<string, unknown> {
  return Object.fromEntries(inputs.map((input) => [input.name, exampleOf(input, manifest)]))
}

function exampleOf({ name, type, length = 1 }: Input, manifest: Pick<ModelManifest, 'transforms'>): unknown {
  switch (type) {
    case 'number':
      return rounded(learntNumber(name, manifest) ?? 0)
    case 'integer':
      return Math.round(learntNumber(name, manifest) ?? 0)
    case 'boolean':
      return true
    case 'date':
      return '2026-01-31T12:00:00Z'
    case 'vector':
      return Array.from({ length }, () => 0)
    case 'image':
      return greySquare
    case 'list':
      return [learntText(name, manifest) ?? 'a']
    case 'text':
      return learntText(name, manifest) ?? 'some words'
    default:
      return learntText(name, manifest) ?? 'a'
  }
}

/** Four digits tell enough. */
const rounded = (value: number): number => Number(value.toPrecision(4))

/** What stands for missing numbers of the column, or its mean. */
function learntNumber(name: string, manifest: Pick<ModelManifest, 'transforms'>): number | undefined {
  return firstLearnt(name, manifest, (state, at) =>
    ['fill', 'subtract']
      .map((member) => elementOf(state[member], at))
      .find((value): value is number => typeof value === 'number' && Number.isFinite(value)),
  )
}

/** The first category that an encoding knows, or what stands for missing ones. */
function learntText(name: string, manifest: Pick<ModelManifest, 'transforms'>): string | undefined {
  return firstLearnt(name, manifest, (state, at) => {
    const encoding = elementOf(state.encodings, at)
    const known = isRecord(encoding)
      ? (encoding.categories ?? encoding.items)
      : elementOf(state.categories, at)
    return [...(Array.isArray(known) ? known : []), elementOf(state.fill, at)].find(
      (value): value is string => typeof value === 'string' && value !== '',
    )
  })
}

function firstLearnt<Value>(
  name: string,
  { transforms }: Pick<ModelManifest, 'transforms'>,
  read: (state: Record<string, unknown>, at: number) => Value | undefined,
): Value | undefined {
  for (const { columns, state } of transforms) {
    const at = columns.indexOf(name)
    const value = at >= 0 && isRecord(state) ? read(state, at) : undefined
    if (value !== undefined) return value
  }
  return undefined
}

const elementOf = (list: unknown, at: number): unknown => (Array.isArray(list) ? list[at] : undefined)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
