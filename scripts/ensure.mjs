import { pathToFileURL } from 'node:url'
import { ensureBuild } from './setup/build.mjs'
import { exclusively } from './setup/lock.mjs'
import { ensureRedis, ensureTensorFlow } from './setup/native.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { requireMachine } from './setup/prerequisites.mjs'
import { SetupError } from './setup/project.mjs'

/**
 * Brings everything that Flywheel needs into the project folder: npm packages, the TensorFlow library, Redis and the
 * compiled sources. What is there already is left alone, so that a second run takes a moment. Ends the process with
 * one line when something is missing.
 */
export async function ensure({ native = true } = {}) {
  try {
    requireMachine()
    await exclusively(async () => {
      await ensurePackages()
      if (native) {
        await ensureTensorFlow()
        await ensureRedis()
      }
      await ensureBuild()
    })
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`flywheel: ${error.message}\n`)
    process.exit(1)
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await ensure()
