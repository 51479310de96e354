import type { TSchema } from 'typebox'
import { FlywheelError, shown } from '../../contracts/errors.js'
import { parse } from '../../contracts/validation.js'
import {
  BUNDLE_FORMAT,
  BundleHead,
  BundleSignature,
  BundleStatement,
  bundleNames,
  textOfStatement,
} from '../../registry/bundle/statement.js'
import { isSignatureOf } from '../../registry/signing/ed25519.js'
import { parseJson } from '../json-body.js'
import { type BundleArchive, openBundleArchive } from './bundle-archive.js'
import { asBundle, invalidBundle } from './invalid-bundle.js'

/** What is read whole: statement and signature; manifest and report, which hold vocabularies and the like. */
const MAX_STATEMENT_BYTES = 1024 ** 2
const MAX_DOCUMENT_BYTES = 64 * 1024 ** 2

export interface Bundle {
  readonly archive: BundleArchive
  readonly statement: BundleStatement
  /** Of the instance that has exported it: its signature fits. */
  readonly publicKey: string
}

/**
 * Opens a bundle that has been received: its signature fits, and it holds the files that it states, each of its size,
 * and no others. Their content has not been read.
 *
 * @throws FlywheelError bundle-invalid that names what is wrong
 */
export async function readBundle(path: string, { maxBytes }: { maxBytes: number }): Promise<Bundle> {
  const archive = await openBundleArchive(path, { maxBytes })
  const { statement: statementName, signature: signatureName } = bundleNames
  const bytes = await smallFile(archive, statementName)
  const value = await asBundle(statementName, () => parseJson(bytes))
  const { format } = await checked(BundleHead, value, statementName)
  if (format !== BUNDLE_FORMAT) {
    const [expected, received] = [`the format ${BUNDLE_FORMAT}`, `the format ${format}`]
    throw new FlywheelError(
      'bundle-invalid',
      `${statementName}: expected ${expected}, received ${received}`,
      {
        errors: [{ path: `${statementName}: format`, expected, received }],
        remedy: 'Import it with a version of Flywheel that reads this format',
      },
    )
  }
  const signatureBytes = await smallFile(archive, signatureName)
  const signature = await checked(
    BundleSignature,
    await asBundle(signatureName, () => parseJson(signatureBytes)),
    signatureName,
  )
  if (!isSignatureOf(textOfStatement(bytes), signature)) {
    const expected = `a signature of ${statementName} by the key ${signature.publicKey}`
    throw invalidBundle(signatureName, { expected, received: 'another one' })
  }
  const statement = await checked(BundleStatement, value, statementName)
  checkFiles(archive, statement)
  return { archive, statement, publicKey: signature.publicKey }
}

async function smallFile(archive: BundleArchive, name: string): Promise<Buffer> {
  checkSize(name, { sizeBytes: archive.entries.get(name)?.sizeBytes ?? 0, maxBytes: MAX_STATEMENT_BYTES })
  return archive.read(name)
}

function checkSize(name: string, { sizeBytes, maxBytes }: { sizeBytes: number; maxBytes: number }): void {
  if (sizeBytes <= maxBytes) return
  throw invalidBundle(name, { expected: `at most ${maxBytes} bytes`, received: `${sizeBytes} bytes` })
}

const checked = <Schema extends TSchema>(schema: Schema, value: unknown, path: string) =>
  asBundle(path, () => parse(schema, value, { path, code: 'request-invalid' }))

function checkFiles({ entries }: BundleArchive, { files }: BundleStatement): void {
  const { statement, signature, manifest, report } = bundleNames
  const stated = new Set<string>([statement, signature])
  for (const { name, sha256, sizeBytes } of files) {
    if (stated.has(name)) throw invalidBundle(statement, { expected: `${name} once`, received: 'twice' })
    stated.add(name)
    const isMisnamed = name !== manifest && name !== report && name !== bundleNames.blob(sha256)
    if (isMisnamed) throw invalidBundle(name, { expected: bundleNames.blob(sha256), received: name })
    const entry = entries.get(name)
    if (entry === undefined) throw invalidBundle(name, { expected: 'a file', received: 'none' })
    if (entry.sizeBytes !== sizeBytes) {
      throw invalidBundle(name, { expected: `${sizeBytes} bytes`, received: `${entry.sizeBytes} bytes` })
    }
  }
  for (const name of [manifest, report]) {
    checkSize(name, { sizeBytes: entries.get(name)?.sizeBytes ?? 0, maxBytes: MAX_DOCUMENT_BYTES })
    if (!stated.has(name)) throw invalidBundle(statement, { expected: `the file ${name}`, received: 'none' })
  }
  const other = [...entries.keys()].find((name) => !stated.has(name))
  if (other !== undefined) {
    throw invalidBundle(shown(other), { expected: `a file that ${statement} names`, received: 'another one' })
  }
}
