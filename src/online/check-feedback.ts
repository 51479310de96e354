import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { type ErrorDetail, FlywheelError, shown } from '../contracts/errors.js'
import type { Label } from '../contracts/task.js'
import type { NewFeedback } from '../registry/feedback.js'
import type { KeptPrediction } from '../serving/kept/block.js'
import { toInstance, toTable } from '../serving/row-batch.js'
import type { Servable } from '../serving/servable.js'
import { prepareChain } from '../transforms/chain/apply-chain.js'
import type { Transforms } from '../transforms/chain/catalogue.js'

const LabelValue = Type.Union([Type.String({ maxLength: 1_000 }), Type.Number(), Type.Boolean()], {
  description: 'A class of the model, or its text; for regression a number',
})

/** One label: for a prediction that was kept, or for features as predict takes them. */
export const FeedbackItem = Type.Union([
  Type.Object(
    {
      predictionId: Type.String({ maxLength: 100, description: '`id` of a prediction' }),
      label: LabelValue,
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      features: Type.Object(
        {},
        { additionalProperties: true, description: 'An instance, as predict takes it' },
      ),
      label: LabelValue,
    },
    { additionalProperties: false },
  ),
])
const isItem = Compile(FeedbackItem)

const errorsShown = 100
const classesShown = 20

/** The model as its labels are checked: its champion. */
export interface Labelled extends Servable {
  readonly model: string
  readonly version: number
}

/**
 * Checks labels all or nothing, and joins those of predictions with the features that were answered.
 *
 * @param find gives kept predictions by id; those that are unknown are left out
 * @throws FlywheelError feedback-invalid that names every item: "[3].label"
 */
export async function checkFeedback(
  items: readonly unknown[],
  { champion, find, transforms }: { champion: Labelled; find: FindPredictions; transforms: Transforms },
): Promise<NewFeedback[]> {
  const shaped = checkShapes(items)
  const ids = shaped.flatMap((item) => ('predictionId' in item ? [item.predictionId] : []))
  const kept = ids.length > 0 ? await find([...new Set(ids)]) : new Map<string, KeptPrediction>()
  const errors: ErrorDetail[] = []
  const labels = checkLabels(shaped, champion, errors)
  const features = await readFeatures(shaped, champion, transforms)
  const checked = shaped.map((item, index): NewFeedback => {
    const label = labels[index] as Label
    if (!('predictionId' in item)) {
      return { predictionId: null, version: null, features: features.get(index) ?? {}, label }
    }
    const prediction = kept.get(item.predictionId)
    if (prediction?.model !== champion.model) {
      const expected = `the id of a kept prediction of ${champion.model}`
      errors.push({ path: `[${index}].predictionId`, expected, received: shown(item.predictionId) })
    }
    const { version = null, features: answered = {} } = prediction ?? {}
    return { predictionId: item.predictionId, version, features: answered, label }
  })
  if (errors.length > 0) throw refusal(errors, champion)
  return checked
}

export type FindPredictions = (ids: readonly string[]) => Promise<ReadonlyMap<string, KeptPrediction>>

type Item = { readonly label: Label } & (
  | { readonly predictionId: string }
  | { readonly features: Readonly<Record<string, unknown>> }
)

function checkShapes(items: readonly unknown[]): readonly Item[] {
  if (items.length === 0) {
    const expected = 'at least one label'
    throw new FlywheelError('feedback-invalid', `expected ${expected}, received none`, {
      errors: [{ path: '', expected, received: '[]' }],
    })
  }
  const errors: ErrorDetail[] = []
  for (const [index, item] of items.entries()) {
    if (isItem.Check(item)) continue
    const expected = '{ predictionId, label } or { features, label }'
    errors.push({ path: `[${index}]`, expected, received: shown(item) })
    if (errors.length === errorsShown) break
  }
  if (errors.length > 0) throw refusal(errors)
  return items as readonly Item[]
}

/** Each label in the model's own spelling: a class, or a finite number. */
function checkLabels(
  items: readonly Item[],
  { task, manifest, signature }: Servable,
  errors: ErrorDetail[],
): Label[] {
  const dictionary = items.map((item) => String(item.label))
  const codes = Int32Array.from(dictionary, (_, index) => index)
  const encoded = task.encode({ kind: 'text', name: manifest.target, codes, dictionary }, manifest.task.state)
  const { classes } = signature
  const expected =
    task.kind === 'regression'
      ? 'a finite number in the model’s range'
      : `one of ${classes.slice(0, classesShown).map(shown).join(', ')}${classes.length > classesShown ? ', …' : ''}`
  return items.map((item, index) => {
    const code = encoded[index] as number
    if (!Number.isFinite(code))
      errors.push({ path: `[${index}].label`, expected, received: shown(item.label) })
    return task.kind === 'regression' ? Number(item.label) : (classes[code] as Label)
  })
}

async function readFeatures(
  items: readonly Item[],
  { reader, manifest }: Servable,
  transforms: Transforms,
): Promise<ReadonlyMap<number, Record<string, unknown>>> {
  const given = items.flatMap((item, index) =>
    'features' in item ? [{ index, features: item.features }] : [],
  )
  if (given.length === 0) return new Map()
  const rows = reader.readEach(
    given.map((entry) => entry.features),
    (row) => `[${given[row]?.index}].features`,
    'feedback-invalid',
  )
  await checkTransformed(() =>
    prepareChain(manifest, transforms)(
      toTable([rows], reader.layout),
      (row, column) => `[${given[row]?.index}].features.${column}`,
    ),
  )
  return new Map(given.map(({ index }, row) => [index, toInstance(rows, row, reader.layout)]))
}

/** What predict refuses only after the transforms, a number beyond float32 for one, can not be learnt from either. */
async function checkTransformed(transform: () => Promise<unknown>): Promise<void> {
  try {
    await transform()
  } catch (error) {
    if (error instanceof FlywheelError && error.code === 'instances-invalid') throw refusal(error.errors)
    throw error
  }
}

function refusal(errors: readonly ErrorDetail[], champion?: Labelled): FlywheelError {
  const detail = errors
    .slice(0, 3)
    .map((error) => `${error.path}: expected ${error.expected}, received ${error.received}`)
    .join('; ')
  const isAboutLabels = errors.some((error) => error.path.endsWith('.label'))
  const classes = champion && isAboutLabels && champion.task.kind === 'classification'
  return new FlywheelError('feedback-invalid', detail, {
    errors: errors.slice(0, errorsShown),
    ...(classes ? { members: { classes: champion.signature.classes } } : {}),
  })
}
