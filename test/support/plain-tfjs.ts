import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./plain-tfjs-process.js', import.meta.url))

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
