import { run } from './processes.mjs'
import { inProject, readText, SetupError, say } from './project.mjs'

/** Installs the npm packages of the lockfile unless node_modules holds them. */
export async function ensurePackages() {
  if (isInstalled()) return
  say('installing the npm packages (about 800 MB, once)')
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  const status = await run(npm[0], [...npm.slice(1), 'ci', '--no-fund', '--no-audit'])
  if (status !== 0) {
    throw new SetupError('the npm packages could not be installed: see above; run "npm ci" to try again')
  }
}

/** npm writes node_modules/.package-lock.json last, so that an interrupted installation has none. */
function isInstalled() {
  const installed = packagesOf(inProject('node_modules', '.package-lock.json'))
  if (installed === null) return false
  return Object.entries(packagesOf(inProject('package-lock.json')))
    .filter(isForThisMachine)
    .every(
      ([path, { integrity }]) => installed[path] !== undefined && installed[path].integrity === integrity,
    )
}

/** The entry with the empty path is the project itself. */
function packagesOf(file) {
  const text = readText(file)
  if (text === null) return null
  const packages = JSON.parse(text).packages
  return Object.fromEntries(Object.entries(packages).filter(([path]) => path !== ''))
}

/** Packages for other systems are optional and left out. */
const isForThisMachine = ([, { optional, os, cpu, libc }]) =>
  !optional ||
  ((!os || os.includes(process.platform)) &&
    (!cpu || cpu.includes(process.arch)) &&
    (!libc || libc.includes('glibc')) &&
    Boolean(os))
