import { type Static, Type } from 'typebox'

/** A public key of Ed25519 in base64url. */
export const PublicKey = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description: 'A public key of Ed25519, its 32 bytes in base64url',
})

/** An instance that a version came from, and what the version was there. */
export const VersionOrigin = Type.Object({
  publicKey: PublicKey,
  model: Type.String({ maxLength: 63 }),
  version: Type.Integer({ minimum: 1 }),
  createdAt: Type.String({ maxLength: 40, description: 'When it was published there' }),
  dataset: Type.Union([Type.String({ maxLength: 100 }), Type.Null()], {
    description: 'What it was trained on there, as `name@version`; null where it was imported',
  }),
})
export type VersionOrigin = Static<typeof VersionOrigin>
