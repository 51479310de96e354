import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

export const inProject = (...parts) => path.join(root, ...parts)

/** What stops the set-up: one line that says what is missing, why it is needed and what mends it. */
export class SetupError extends Error {}

/** A line about what is done now. */
export const say = (text) => process.stderr.write(`flywheel: ${text}\n`)

export function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}
