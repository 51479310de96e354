import type { Input } from '../../../contracts/family.js'
import { type BundleStatement, bundleNames } from '../../../registry/bundle/statement.js'
import type { ExportedVersion, WrittenExport } from '../format.js'
import { networkQuestions, withVersion } from '../proof/version-answers.js'

/** The version's files as they are stored, whatever they are, with what the instance states of them. */
export async function writeBundle(version: ExportedVersion): Promise<WrittenExport> {
  const { artifacts, servable, signed } = version
  if (signed === undefined) throw new TypeError('a bundle needs the statement of the instance')
  const statement = await artifacts.read(signed.statement)
  const { files } = JSON.parse(statement.toString()) as BundleStatement
  const input = servable.manifest.shapes.inputs[0] as Input
  return {
    files: [
      { name: bundleNames.statement, bytes: statement },
      { name: bundleNames.signature, bytes: await artifacts.read(signed.signature) },
      ...(await Promise.all(
        files.map(async ({ name, sha256 }) => ({ name, bytes: await artifacts.read(sha256) })),
      )),
    ],
    questions: await withVersion(version, (answer) =>
      networkQuestions(version, answer, { input, signature: 'numbers' }),
    ),
  }
}
