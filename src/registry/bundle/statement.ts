import { createHash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { PublicKey, VersionOrigin } from '../../contracts/origin.js'

const closed = { additionalProperties: false }

/** Files of a bundle. Blobs stand under `blobs/` with their sha256 as name. */
export const bundleNames = {
  statement: 'bundle.json',
  signature: 'signature.json',
  manifest: 'manifest.json',
  report: 'report.json',
  blob: (sha256: string) => `blobs/${sha256}`,
} as const

/** How bundles are written now. */
export const BUNDLE_FORMAT = 1

/** What every format of bundles has, whatever else: enough to tell that this is one, and of which format. */
export const BundleHead = Type.Object({
  kind: Type.Literal('flywheel-bundle'),
  format: Type.Integer({ minimum: 1 }),
})

/** What an instance states about a version: `bundle.json`. */
export const BundleStatement = Type.Object(
  {
    ...BundleHead.properties,
    format: Type.Literal(BUNDLE_FORMAT),
    /** For people who find the file. */
    about: Type.String({ maxLength: 1_000 }),
    version: Type.Object(
      {
        model: Type.String({ maxLength: 63 }),
        version: Type.Integer({ minimum: 1 }),
        createdAt: Type.String({ maxLength: 40 }),
        dataset: Type.Union([Type.String({ maxLength: 100 }), Type.Null()]),
        parent: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
        metrics: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()])),
      },
      closed,
    ),
    /** Where the version had come from before, the last one first. */
    origins: Type.Array(VersionOrigin, { maxItems: 100 }),
    /** All other files of the bundle, the signature left out. */
    files: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^(manifest\\.json|report\\.json|blobs/[0-9a-f]{64})$' }),
          sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
          sizeBytes: Type.Integer({ minimum: 0 }),
        },
        closed,
      ),
      { minItems: 2, maxItems: 1_000 },
    ),
  },
  closed,
)
export type BundleStatement = Static<typeof BundleStatement>

/** `signature.json`. */
export const BundleSignature = Type.Object(
  { algorithm: Type.Literal('Ed25519'), publicKey: PublicKey, signature: Type.String({ maxLength: 200 }) },
  closed,
)
export type BundleSignature = Static<typeof BundleSignature>

/** The text that is signed: the hash of `bundle.json`, which has those of all other files. */
export const textOfStatement = (statement: Uint8Array): string =>
  `flywheel bundle ${BUNDLE_FORMAT}\n${createHash('sha256').update(statement).digest('hex')}\n`
