import { type DatasetColumn, type DatasetSnapshot, isProse } from '../../contracts/dataset.js'
import type { Task } from '../../contracts/task.js'
import { chooseTask, type TaskChoice } from '../../tasks/tabular/choose-task.js'
import { type Catalogue, invalid, named } from './catalogue.js'
import { listed, looksLikeIdentifier, resolveFeatures, type Warning } from './resolve-columns.js'
import { imageFeatures } from './resolve-images.js'

/** What is learnt from what. */
export interface ResolvedTask {
  readonly task: Task
  /** Which rule chose it, in words. */
  readonly reason: string
  readonly features: readonly DatasetColumn[]
  /** The feature, where it is a text that is learnt from alone. */
  readonly text: DatasetColumn | null
  /** Whether the features are the pixels of an image: an image itself, or its pixels in columns. */
  readonly areImages: boolean
  readonly warnings: readonly Warning[]
}

const TEXT_TASK = 'text-classification'

/**
 * Chooses features and task. A text whose only company are identifiers is learnt from alone, where the target is of
 * classes; so is an image, whatever stands beside it.
 *
 * @param asked what the job names
 * @throws FlywheelError specification-invalid when the task is unknown or can't learn the target, for features that are no
 *   columns, and for a task on text without one text to learn from
 */
export function resolveTask(
  asked: {
    readonly task?: string | undefined
    readonly features?: readonly string[] | undefined
    readonly family?: string | undefined
    /** What rows are split by, which is no feature unless it is named. */
    readonly splitColumns?: readonly string[]
    /** Whether the job brings its own preprocessing, which may take any columns. */
    readonly hasSteps: boolean
  },
  { target, snapshot }: { readonly target: DatasetColumn; readonly snapshot: DatasetSnapshot },
  { tasks, families }: Pick<Catalogue, 'tasks' | 'families'>,
): ResolvedTask {
  const about = { snapshot, target, splitColumns: asked.splitColumns ?? [] }
  const { rows } = snapshot
  const pictures = imageFeatures(asked, about)
  if (pictures !== null) {
    const image = pictures.features.find(({ type }) => type === 'image') ?? null
    const { task: name, reason } = chosenTask(asked.task, target, { rows, image })
    return { ...pictures, task: taskFor(target, name, { tasks }), reason, text: null, areImages: true }
  }
  const { features: columns, warnings } = resolveFeatures(asked.features, about)
  const isForText = asked.family === undefined || families.get(asked.family)?.tasks.includes(TEXT_TASK)
  const candidate = isForText ? soleText(columns, rows) : null
  const { task: name, reason } = chosenTask(asked.task, target, { rows, text: candidate })
  const task = taskFor(target, name, { tasks })
  const plain = { task, reason, features: columns, text: null, areImages: false, warnings }
  if (name !== TEXT_TASK) return plain
  if (candidate === null) {
    if (asked.hasSteps) return plain
    throw invalid('features', `one column of text for ${name}`, listed(columns))
  }
  const others = columns.filter((column) => column !== candidate)
  return {
    task,
    reason,
    features: [candidate],
    text: candidate,
    areImages: false,
    warnings: [...warnings.filter(({ code }) => code !== 'identifier'), ...leftOut(others, candidate)],
  }
}

const chosenTask = (
  given: string | undefined,
  target: DatasetColumn,
  about: Parameters<typeof chooseTask>[1],
): TaskChoice =>
  given === undefined ? chooseTask(target, about) : { task: given, reason: 'the job names it' }

/** @throws FlywheelError specification-invalid when the task is unknown or can't learn the target */
export function taskFor(target: DatasetColumn, name: string, { tasks }: Pick<Catalogue, 'tasks'>): Task {
  const task = named(tasks, name, 'task')
  const refusal = task.refuses(target)
  if (refusal !== null) throw invalid('target', `a column that ${name} can learn: ${refusal}`, target.name)
  return task
}

/** The text that is learnt from alone: the only feature, or the only prose beside what look like identifiers. */
export function soleText(features: readonly DatasetColumn[], rows: number): DatasetColumn | null {
  const texts = features.filter(({ type }) => type === 'text' || type === 'identifier')
  if (features.length === 1) return texts[0] ?? null
  const [prose, ...more] = texts.filter(isProse)
  if (prose === undefined || more.length > 0) return null
  const areIdentifiers = features.every((column) => column === prose || looksLikeIdentifier(column, rows))
  return areIdentifiers ? prose : null
}

function leftOut(others: readonly DatasetColumn[], text: DatasetColumn): Warning[] {
  if (others.length === 0) return []
  return [
    {
      code: 'identifier',
      detail: `${others.length} columns look like identifiers and are left out, so that ${text.name} is learnt from alone: ${listed(others)}`,
      remedy: 'Nothing, or name task and features yourself',
    },
  ]
}
