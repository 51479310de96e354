import { pathToFileURL } from 'node:url'
import { ensureBuild } from './setup/build.mjs'
import { exclusively } from './setup/lock.mjs'
import { ensureRedis, ensureTensorFlow } from './setup/native.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { requireMachine } from './setup/prerequisites.mjs'
import { SetupError } from './setup/project.mjs'

const parts = {
  packages: ensurePackages,
  tensorflow: ensureTensorFlow,
  redis: ensureRedis,
  build: ensureBuild,
}

/**
 * Brings what Flywheel needs into the project folder: npm packages, the TensorFlow library, Redis and the compiled
 * sources, or only the named ones of them. What is there already is left alone, so that a second run takes a moment.
 * Ends the process with one line when something is missing.
 */
export async function ensure(names = Object.keys(parts)) {
  try {
    requireMachine()
    await exclusively(async () => {
      for (const name of names) await part(name)()
    })
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`flywheel: ${error.message}\n`)
    process.exit(1)
  }
}

function part(name) {
  if (Object.hasOwn(parts, name)) return parts[name]
  throw new SetupError(`${name} is no part of the set-up: these are ${Object.keys(parts).join(', ')}`)
}

/* node scripts/ensure.mjs [part…] */
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await ensure(process.argv.length > 2 ? process.argv.slice(2) : undefined)
}
