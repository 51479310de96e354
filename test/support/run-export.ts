import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runExport } from '../../src/jobs/export/run.js'
import type { ArtifactStore } from '../../src/registry/artifacts.js'
import { unpack } from './plain-tfjs.js'
import { runContext } from './train.js'

const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url))
let exports = 0

/** Runs an export's job and unpacks its archive. */
export async function exportedVersion(
  artifacts: ArtifactStore,
  { sha256, format, folder }: { sha256: string; format: string; folder: string },
) {
  const jobId = `export-${format}-${++exports}`
  const specification = { type: 'export', model: 'made@1', format, archive: 'zip' } as const
  const { result } = await runExport(
    { jobId, type: 'export', specification, blobs: { manifest: sha256 } },
    runContext(artifacts, jobId).context,
  )
  const unpacked = join(folder, jobId)
  unpack(unpacked, { archive: 'zip', bytes: await artifacts.read(String(result.sha256)) })
  const verified = result.verified as { rows: number; largestDifference: number; runtime: string }
  return { result, verified, unpacked }
}

/** The first code of that language in an unpacked export's README. */
export function snippetOf(unpacked: string, language: string): string {
  const readme = readFileSync(join(unpacked, 'README.md'), 'utf8')
  const [, code] = new RegExp(`\`\`\`${language}\\n(.*?)\\n\`\`\``, 's').exec(readme) ?? []
  return code ?? assert.fail(`no ${language} in the README`)
}

/** Runs a README's code for Node in a fresh process beside the files, with the packages that it imports. */
export function runInNode(unpacked: string, code = snippetOf(unpacked, 'js')): string {
  symlinkSync(packages, join(unpacked, 'node_modules'))
  writeFileSync(join(unpacked, 'ask.mjs'), code)
  return execFileSync(process.execPath, ['ask.mjs'], { cwd: unpacked, encoding: 'utf8' })
}
