import { asc, eq, isNull, sql } from 'drizzle-orm'
import { FlywheelError } from '../../contracts/errors.js'
import type { Queries } from '../database/database.js'
import { modelVersions, signingKeys } from '../database/schema.js'
import { isSignatureOf, newSigningKey, readSigningKey, type SigningKey, signText } from './ed25519.js'

/** What a version's signature is about: its number and the hash of its manifest, which names all its files. */
export interface SignableVersion {
  readonly model: string
  readonly version: number
  /** Of its manifest, hex. */
  readonly sha256: string
}

export interface SignedVersion extends SignableVersion {
  readonly signature: string | null
  readonly signedBy: string | null
}

/** The text that is signed. It names the version, so that no signature can be put on another one. */
const textOfVersion = ({ model, version, sha256 }: SignableVersion): string =>
  `flywheel version 1\n${model}@${version}\n${sha256}\n`

/** Signs what this instance publishes, and tells what it has signed. All apis of one database are one instance. */
export interface Signer {
  /** What signs now. */
  readonly publicKey: string
  /** All that the instance has ever signed with, the oldest first. */
  readonly publicKeys: readonly string[]
  sign(text: string): string
  signVersion(version: SignableVersion): { readonly signature: string; readonly signedBy: string }
  /**
   * @throws FlywheelError signature-invalid when the version has no signature, one of a key that is not the
   *   instance's, or one that does not fit
   */
  check(version: SignedVersion): Promise<void>
}

const KNOWN_GOOD = 4_096

/**
 * Opens the instance's key. The first start makes one, in the database that all apis share, or takes the one that is
 * given, and signs the versions that were published before there were signatures: only then, so that a signature that
 * is missing later counts as a wrong one.
 *
 * @param options.pem a private key of Ed25519 that stays out of the database; null: the database holds it
 * @throws TypeError when `pem` is no such key
 */
export async function openSigner(db: Queries, { pem = null }: { pem?: string | null } = {}): Promise<Signer> {
  const given = pem === null ? null : readSigningKey(pem)
  const key = await db.transaction((tx) => instanceKey(tx, given))
  let publicKeys = await readPublicKeys(db)
  const good = new Set<string>()

  return {
    publicKey: key.publicKey,
    get publicKeys() {
      return publicKeys
    },
    sign: (text) => signText(key, text),
    signVersion: (version) => ({ signature: signText(key, textOfVersion(version)), signedBy: key.publicKey }),
    async check(version) {
      const { signature, signedBy } = version
      if (signature === null || signedBy === null) throw refusal(version, 'has no signature')
      const text = textOfVersion(version)
      const seen = `${text}${signedBy}\n${signature}`
      if (good.has(seen)) return
      // Another api may have begun to sign with a new key.
      if (!publicKeys.includes(signedBy)) publicKeys = await readPublicKeys(db)
      if (!publicKeys.includes(signedBy)) throw refusal(version, `is signed by another key, ${signedBy}`)
      if (!isSignatureOf(text, { publicKey: signedBy, signature })) {
        throw refusal(
          version,
          `is not what its signature is about: its manifest has the sha256 ${version.sha256}`,
        )
      }
      if (good.size >= KNOWN_GOOD) good.clear()
      good.add(seen)
    },
  }
}

const refusal = ({ model, version }: SignableVersion, why: string): FlywheelError =>
  new FlywheelError('signature-invalid', `Version ${version} of ${model} ${why}`)

/** Apis that start at the same time take turns, and the first one makes the key of all. */
async function instanceKey(tx: Queries, given: SigningKey | null): Promise<SigningKey> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('signing key'))`)
  const rows = await tx.select().from(signingKeys).orderBy(asc(signingKeys.createdAt))
  const kept = rows.findLast(({ privateKey }) => privateKey !== null)
  const key = given ?? (kept as SigningKey | undefined) ?? newSigningKey()
  if (!rows.some(({ publicKey }) => publicKey === key.publicKey)) {
    await tx.insert(signingKeys).values({ ...key, privateKey: given === null ? key.privateKey : null })
  }
  if (rows.length === 0) await signEarlierVersions(tx, key)
  return key
}

async function signEarlierVersions(tx: Queries, key: SigningKey): Promise<void> {
  const { model, version, sha256 } = modelVersions
  const unsigned = await tx
    .select({ model, version, sha256 })
    .from(modelVersions)
    .where(isNull(modelVersions.signature))
  for (const row of unsigned) {
    await tx
      .update(modelVersions)
      .set({ signature: signText(key, textOfVersion(row)), signedBy: key.publicKey })
      .where(sql`${eq(model, row.model)} and ${eq(version, row.version)}`)
  }
}

async function readPublicKeys(db: Queries): Promise<string[]> {
  const rows = await db
    .select({ publicKey: signingKeys.publicKey })
    .from(signingKeys)
    .orderBy(asc(signingKeys.createdAt))
  return rows.map(({ publicKey }) => publicKey)
}
