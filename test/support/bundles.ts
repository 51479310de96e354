import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBundleArchive } from '../../src/api/model-import/bundle-archive.js'
import { packZip } from '../../src/jobs/export/archives/zip.js'
import { type BundleStatement, bundleNames, textOfStatement } from '../../src/registry/bundle/statement.js'
import { newSigningKey, type SigningKey, signText } from '../../src/registry/signing/ed25519.js'

export type BundleFiles = ReadonlyMap<string, Buffer>

const folder = mkdtempSync(join(tmpdir(), 'flywheel-bundles-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
let bundles = 0

/** Files of a bundle by name. */
export async function filesOfBundle(bytes: Buffer): Promise<BundleFiles> {
  const path = join(folder, `${++bundles}.zip`)
  writeFileSync(path, bytes)
  const archive = await openBundleArchive(path, { maxBytes: 2 ** 31 })
  const files = new Map<string, Buffer>()
  for (const name of archive.entries.keys()) files.set(name, await archive.read(name))
  return files
}

export const packBundle = (files: BundleFiles): Buffer =>
  packZip([...files].map(([name, bytes]) => ({ name, bytes })))

export const statementOf = (files: BundleFiles): BundleStatement =>
  JSON.parse(String(files.get(bundleNames.statement)))

/** The public key that has signed it. */
export const signerOf = (files: BundleFiles): string =>
  JSON.parse(String(files.get(bundleNames.signature))).publicKey

/** A bundle with another statement, signed as an instance with that key signs it. */
export function withStatement(
  files: BundleFiles,
  statement: object,
  key: SigningKey = newSigningKey(),
): BundleFiles {
  const bytes = Buffer.from(JSON.stringify(statement))
  const signature = {
    algorithm: 'Ed25519',
    publicKey: key.publicKey,
    signature: signText(key, textOfStatement(bytes)),
  }
  return new Map([
    ...files,
    [bundleNames.statement, bytes],
    [bundleNames.signature, Buffer.from(JSON.stringify(signature))],
  ])
}

/** A bundle of which some files have other content, stated and signed by an instance that means it so. */
export function withFiles(files: BundleFiles, changed: Readonly<Record<string, Buffer>>): BundleFiles {
  const statement = statementOf(files)
  const renamed = new Map(files)
  const stated = statement.files.map((file) => {
    const bytes = changed[file.name]
    if (bytes === undefined) return file
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const name = file.name.startsWith('blobs/') ? bundleNames.blob(sha256) : file.name
    renamed.delete(file.name)
    renamed.set(name, bytes)
    return { name, sha256, sizeBytes: bytes.length }
  })
  return withStatement(renamed, { ...statement, files: stated })
}
