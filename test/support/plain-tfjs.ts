import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./plain-tfjs-process.js', import.meta.url))

/** Unpacks an archive into a folder of its own with other people's tools. */
export function unpack(
  folder: string,
  { archive, bytes }: { archive: 'zip' | 'tar.gz'; bytes: Uint8Array },
): void {
  mkdirSync(folder)
  const path = join(folder, `archive.${archive}`)
  writeFileSync(path, bytes)
  if (archive === 'zip') execFileSync('python3', ['-m', 'zipfile', '-e', path, folder])
  else execFileSync('tar', ['-xzf', path, '-C', folder])
  rmSync(path)
}

/**
 * Asks an unpacked export in a fresh process, where nothing of Flywheel is.
 *
 * @returns the outputs row by row, and the format of the model that was loaded
 */
export function askPlainly(
  folder: string,
  instances: readonly object[],
): { outputs: number[][]; format: string } {
  const printed = execFileSync(process.execPath, [program, folder], {
    encoding: 'utf8',
    input: JSON.stringify(instances),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const { backend, outputs, format } = JSON.parse(printed.trim().split('\n').at(-1) as string)
  assert.equal(backend, 'cpu')
  return { outputs, format }
}
