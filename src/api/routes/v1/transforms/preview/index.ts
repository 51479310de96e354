import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { DatasetColumn } from '../../../../../contracts/dataset.js'
import { DatasetReference } from '../../../../../jobs/train/request.js'
import { resolveTarget } from '../../../../../jobs/train/resolve-columns.js'
import { soleText, taskFor } from '../../../../../jobs/train/resolve-task.js'
import { givenSteps, resolveSteps } from '../../../../../jobs/train/resolve-transforms.js'
import { registryLookup } from '../../../../../registry/lookup.js'
import { chooseTask } from '../../../../../tasks/tabular/choose-task.js'
import {
  defaultImageSteps,
  defaultSteps,
  defaultTextSteps,
} from '../../../../../transforms/chain/default-steps.js'
import { TransformStep, TransformsRequest } from '../../../../../transforms/chain/steps.js'
import { problems } from '../../../../problem.js'
import { withPaths } from '../../../../stored-version.js'

const PreviewRequest = Type.Object(
  {
    dataset: DatasetReference,
    transforms: Type.Optional(TransformsRequest),
    target: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description: 'The column to learn: no feature, and what steps such as target-encode look at',
      }),
    ),
    rows: Type.Optional(
      Type.Integer({
        default: 10,
        minimum: 1,
        maximum: 100,
        description: 'How many of the first rows are shown',
      }),
    ),
    fitRows: Type.Optional(
      Type.Integer({
        default: 1000,
        minimum: 2,
        maximum: 10_000,
        description: 'How many of the first rows the steps are fitted on',
      }),
    ),
    seed: Type.Optional(
      Type.Integer({
        default: 42,
        minimum: 0,
        maximum: 2 ** 31 - 1,
        description: 'Of steps that choose rows',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        dataset: 'flowers',
        target: 'species',
        transforms: [{ name: 'scale', columns: '*_length', options: { method: 'robust' } }],
        rows: 3,
      },
    ],
  },
)

const Cell = Type.Unknown({
  description:
    'A number or a text; null where it is missing; an image as { sizeBytes, image }, a small PNG in a data URL; a block of ' +
    'numbers as { rowKind, shape, values }, of which the first 1,000 are shown, with image where it is one',
})
const Rows = (description: string) => Type.Array(Type.Record(Type.String(), Cell), { description })

const Preview = Type.Object({
  dataset: Type.String({ description: 'name@version' }),
  transforms: Type.Array(TransformStep, { description: 'The steps with every option' }),
  rowsFitted: Type.Integer({ minimum: 2, description: 'Rows that the steps were fitted on' }),
  before: Rows('The first rows, without the target'),
  after: Rows('The same rows as a model would be served them'),
  timesLearnt: Type.Array(Type.Integer({ minimum: 0 }), {
    description:
      'How often a training would show each row: 0 where a step leaves it out, more than 1 where one repeats it',
  }),
  weights: Type.Union([Type.Array(Type.Number({ minimum: 0 })), Type.Null()], {
    description:
      'What each row would count in the training loss, 0 where it is left out; null where all count alike',
  }),
  rowChanges: Type.Array(Type.Unknown(), {
    description: 'Steps that change which rows are learnt from, as in a report',
  }),
  warnings: Type.Array(Type.Object({ code: Type.String(), detail: Type.String(), remedy: Type.String() })),
})

const preview: FastifyPluginAsyncTypebox = async (app) => {
  const lookup = registryLookup({ db: app.database.db, artifacts: app.artifacts, signer: app.signer })

  app.route({
    method: 'POST',
    url: '',
    config: { scope: ['data', 'train'], isIdempotent: false },
    schema: {
      operationId: 'previewTransforms',
      tags: ['datasets'],
      summary: 'Shows rows of a dataset before and after transforms',
      description:
        'Fits the steps, a saved chain of them, or the default ones on the first rows of a dataset, and shows what becomes of them. ' +
        'Nothing is stored. Columns need not be numeric after the last step.',
      body: PreviewRequest,
      response: { 200: Preview, ...problems(404, 413, 415, 422) },
    },
    handler: async ({ body }) => {
      const { dataset, rows = 10, fitRows = 1000, seed = 42 } = body
      const [snapshot, { steps }] = await Promise.all([
        lookup.dataset(dataset),
        givenSteps(body.transforms, lookup),
      ])
      const target = body.target === undefined ? null : resolveTarget(body.target, snapshot)
      const { rows: all } = snapshot
      const task = target && taskFor(target, chooseTask(target, { rows: all }).task, app.catalogue)
      const features = snapshot.columns.filter(({ name }) => name !== target?.name)
      const transforms = resolveSteps(steps ?? usualSteps(features, all), app.catalogue)
      const shown = await app.datasetReader.run('preview', {
        ...withPaths(snapshot, app.artifacts),
        steps: transforms,
        target: target && task && { name: target.name, task: task.name },
        rows,
        fitRows,
        seed,
      })
      return {
        ...shown,
        dataset: `${snapshot.name}@${snapshot.version}`,
        transforms,
        before: [...shown.before],
        after: [...shown.after],
        timesLearnt: [...shown.timesLearnt],
        weights: shown.weights && [...shown.weights],
        rowChanges: [...shown.rowChanges],
        warnings: [...shown.warnings],
      }
    },
  })
}

/** As a job would get them that names no task. */
function usualSteps(features: readonly DatasetColumn[], rows: number): TransformStep[] {
  const images = features.filter(({ type }) => type === 'image')
  if (images.length > 0) return defaultImageSteps(images)
  const text = soleText(features, rows)
  return text === null ? defaultSteps(features) : defaultTextSteps(text, ['bag'])
}

export default preview
