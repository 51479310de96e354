import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { versionsOf } from '../../../../../../../contracts/alias.js'
import { PublicKey, VersionOrigin } from '../../../../../../../contracts/origin.js'
import { removeVersion } from '../../../../../../../registry/model-removal.js'
import { getModel, getVersion } from '../../../../../../../registry/models.js'
import type { LoadedVersion } from '../../../../../../../serving/messages.js'
import { Signature } from '../../../../../../../serving/signature.js'
import { Freed, versionAnswer, versionProperties } from '../../../../../../model-answer.js'
import { modelPath } from '../../../../../../model-path.js'
import { problems } from '../../../../../../problem.js'
import { statusOf, VersionStatus } from '../../../../../../protocols/tensorflow-serving/schema.js'

const params = Type.Object(
  { name: modelPath.name, version: modelPath.version },
  { additionalProperties: false },
)

const Serving = Type.Object(
  {
    loaded: Type.Boolean({ description: 'Whether a predictor of this api has it in memory' }),
    executor: Type.Union([Type.Literal('onnx'), Type.Literal('tensorflow'), Type.Null()], {
      description: 'What computes its answers; null while it is not in memory',
    }),
    reason: Type.String({ description: 'Why that one' }),
  },
  { description: 'How it is answered now' },
)

/** @param failure why it could not be loaded, where an alias stands for it */
function servingOf(loaded: LoadedVersion | null, failure: string | null): Static<typeof Serving> {
  if (loaded === null) {
    const reason =
      failure === null ? 'its first request loads it' : `aliases go on with what they stood for: ${failure}`
    return { loaded: false, executor: null, reason: `it is not in memory: ${reason}` }
  }
  const { name, reason } = loaded.executor
  return { loaded: true, executor: name, reason }
}

const Signed = Type.Object(
  {
    algorithm: Type.Literal('Ed25519'),
    publicKey: PublicKey,
    signature: Type.String({ description: 'Base64url, over the version’s number and `sha256`' }),
  },
  { description: 'By this instance; checked before the version is loaded' },
)

const VersionAnswer = Type.Object({
  name: Type.String({ description: 'The model' }),
  task: Type.String(),
  aliases: Type.Array(Type.String(), {
    description: 'Those that name this version, split requests to it or are shadowed by it',
  }),
  ...versionProperties,
  signature: Signature,
  signed: Signed,
  origins: Type.Array(VersionOrigin, {
    description:
      'The instances that it came through, the last one first: that one’s key has signed the bundle, and what stands behind it is its word. Empty for a version that was made here',
  }),
  serving: Serving,
  model_version_status: VersionStatus,
})

const version: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getModelVersion',
      tags: ['models'],
      summary: 'Shows a version with its signature: what predict takes and gives',
      params,
      response: { 200: VersionAnswer, ...problems(404) },
    },
    handler: async ({ params: { name, version } }) => {
      const row = await getVersion(db, { model: name, version })
      const [{ signature }, model] = await Promise.all([
        app.deployments.resolve({ model: name, version }),
        getModel(db, name),
      ])
      const aliases = Object.entries(model.traffic).flatMap(([alias, state]) =>
        versionsOf(state).includes(version) ? [alias] : [],
      )
      return {
        name,
        task: row.task,
        aliases,
        ...versionAnswer(row),
        signature,
        signed: {
          algorithm: 'Ed25519' as const,
          publicKey: row.signedBy ?? '',
          signature: row.signature ?? '',
        },
        origins: row.origins,
        serving: servingOf(app.predictors.loaded(row.sha256), app.deployments.failureOf(row.sha256)),
        model_version_status: statusOf([version], app.deployments.isLoaded(name)),
      }
    },
  })

  app.route({
    method: 'DELETE',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'deleteModelVersion',
      tags: ['models'],
      summary: 'Removes a version',
      description:
        'Refused while an alias needs it (names it, splits requests to it, is shadowed by it) or a job of its model has not ended; `neededBy` lists them.',
      params,
      response: { 200: Freed, ...problems(404, 409) },
    },
    handler: async ({ params: { name, version } }) => ({
      freedBytes: await removeVersion({ db, artifacts: app.artifacts }, { model: name, version }),
    }),
  })
}

export default version
