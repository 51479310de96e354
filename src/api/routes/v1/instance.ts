import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { PublicKey } from '../../../contracts/origin.js'
import { publicPem } from '../../../registry/signing/ed25519.js'
import { problems } from '../../problem.js'

const Instance = Type.Object({
  algorithm: Type.Literal('Ed25519'),
  publicKey: PublicKey,
  pem: Type.String({ description: 'The same as SubjectPublicKeyInfo, for OpenSSL and others' }),
  publicKeys: Type.Array(PublicKey, {
    description: 'All that this instance has signed with, the oldest first: its own versions may carry any',
  }),
})

const instance: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/instance',
    config: { scope: 'none' },
    schema: {
      operationId: 'getInstance',
      tags: ['service'],
      summary: 'The key that this instance signs versions and bundles with',
      description: 'All apis of one database are one instance. Others name its key in FLYWHEEL_TRUSTED_KEYS.',
      response: { 200: Instance, ...problems() },
    },
    handler: async () => {
      const { publicKey, publicKeys } = app.signer
      return {
        algorithm: 'Ed25519' as const,
        publicKey,
        pem: publicPem(publicKey),
        publicKeys: [...publicKeys],
      }
    },
  })
}
export default instance
