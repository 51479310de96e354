import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { run } from './processes.mjs'
import { inProject, readText, SetupError, say } from './project.mjs'

/** The folders that are compiled. */
const sourceFolders = () => JSON.parse(fs.readFileSync(inProject('tsconfig.json'), 'utf8')).include
const stampFile = inProject('dist', '.sources')

/** Compiles the sources into dist unless they are those of the last build; removes what deleted sources left there. */
export async function ensureBuild() {
  const stamp = sourcesStamp()
  if (readText(stampFile) === stamp) return
  say('compiling')
  for (const folder of sourceFolders()) removeStale(folder)
  const compiler = inProject('node_modules', 'typescript', 'bin', 'tsc')
  const status = await run(process.execPath, [compiler, '--project', inProject('tsconfig.json')])
  if (status !== 0) throw new SetupError('the sources do not compile: see above; mend what is named')
  fs.writeFileSync(stampFile, stamp)
}

/** Names, sizes and times of all sources, and what decides how they are compiled. */
function sourcesStamp() {
  const hash = createHash('sha256')
  const files = [...sourceFolders().flatMap(filesBelow), 'tsconfig.json', 'package-lock.json']
  for (const file of files.sort()) {
    const { size, mtimeMs } = fs.statSync(inProject(file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/** What grows is discovered by its files: an output whose source is gone would be discovered still. */
function removeStale(folder) {
  for (const file of filesBelow(path.join('dist', folder))) {
    const source = inProject(path.relative('dist', file).replace(/\.js(\.map)?$/, '.ts'))
    if (!fs.existsSync(source)) fs.rmSync(inProject(file))
  }
}

function filesBelow(folder) {
  if (!fs.existsSync(inProject(folder))) return []
  return fs.readdirSync(inProject(folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(file) : [file]
  })
}
