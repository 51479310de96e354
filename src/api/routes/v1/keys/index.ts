import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError } from '../../../../contracts/errors.js'
import { insertKey, listKeys, revokeKey, type StoredKey } from '../../../../registry/keys.js'
import { newKey } from '../../../access/key-token.js'
import { Page, PageQuery } from '../../../paging.js'
import { problems } from '../../../problem.js'
import { Time } from '../../../time.js'

const KeyScope = Type.Enum(['data', 'train', 'predict', 'feedback', 'admin'], {
  type: 'string',
  description: 'What a key may do; `admin` may do everything',
})

const properties = {
  id: Type.String({ pattern: '^[0-9a-f]{20}$' }),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  perMinute: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
    description: 'Requests that it may send in a minute; null for no limit',
  }),
  createdAt: Time,
  revokedAt: Type.Union([Time, Type.Null()]),
}
const Key = Type.Object(properties)
const NewKey = Type.Object({
  ...properties,
  key: Type.String({ description: 'The key itself; it is shown this once and kept nowhere' }),
  areKeysInForce: Type.Boolean({
    description: 'False on a loopback address without an admin key, where requests need no key',
  }),
})
const KeyRequest = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'For whom or for what; any text',
    }),
    scopes: Type.Array(KeyScope, { minItems: 1, maxItems: 5, uniqueItems: true }),
    perMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  { additionalProperties: false, examples: [{ name: 'shop', scopes: ['predict', 'feedback'] }] },
)

const keys: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'admin', isIdempotent: false },
    schema: {
      operationId: 'makeKey',
      tags: ['keys'],
      summary: 'Makes an API key',
      description:
        'The key is shown in this answer and never again, which is why a repeated request makes another one.',
      body: KeyRequest,
      response: { 201: NewKey, ...problems(413, 415) },
    },
    handler: async (request, reply) => {
      const { name, scopes, perMinute = null } = request.body
      const { id, token, digest } = newKey()
      const row = await insertKey(app.database.db, { id, name, scopes, perMinute, digest })
      await announce()
      return reply.code(201).send({ ...shownKey(row), key: token, areKeysInForce: app.areKeysInForce })
    },
  })

  app.route({
    method: 'GET',
    url: '',
    config: { scope: 'admin' },
    schema: {
      operationId: 'listKeys',
      tags: ['keys'],
      summary: 'Lists the API keys, newest first, revoked ones too',
      querystring: PageQuery,
      response: { 200: Page(Key), ...problems() },
    },
    handler: async ({ query: { limit = 50, ...rest } }) => {
      const { data, nextCursor } = await listKeys(app.database.db, { limit, ...rest })
      return { data: data.map(shownKey), nextCursor }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/:id',
    config: { scope: 'admin' },
    schema: {
      operationId: 'revokeKey',
      tags: ['keys'],
      summary: 'Revokes an API key',
      description: 'From now on it opens nothing. Repeating it changes nothing.',
      params: Type.Object({ id: properties.id }, { additionalProperties: false }),
      response: { 204: Type.Null({ description: 'It is revoked' }), ...problems(404) },
    },
    handler: async ({ params: { id } }, reply) => {
      if (!(await revokeKey(app.database.db, id))) {
        throw new FlywheelError('not-found', `There is no key with the id ${id}`)
      }
      await announce()
      return reply.code(204).send(null)
    },
  })

  /** This api knows at once, the others by notification. */
  async function announce(): Promise<void> {
    await app.keyRing.refresh()
    await app.database.notify('keys', '')
  }
}

const shownKey = ({ id, name, scopes, perMinute, createdAt, revokedAt }: StoredKey) => ({
  id,
  name,
  scopes,
  perMinute,
  createdAt: createdAt.toISOString(),
  revokedAt: revokedAt?.toISOString() ?? null,
})

export default keys
