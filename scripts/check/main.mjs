import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { ensure } from '../ensure.mjs'
import { inProject, root } from '../setup/project.mjs'
import { violations } from './architecture.mjs'

/* npm run check: types, format and lint, the architecture's rules, and what is unused. */
await ensure(['packages'])
const started = Date.now()
const results = await Promise.all([
  tool('types', 'typescript', 'tsc', [
    '--noEmit',
    '--tsBuildInfoFile',
    '.cache/check.tsbuildinfo',
    '--pretty',
    'false',
  ]),
  tool('biome', '@biomejs/biome', 'biome', ['check', '--error-on-warnings', '.']),
  tool('unused', 'knip', 'knip', ['--no-progress']),
  architecture(),
])
for (const { name, failures, seconds } of results) {
  process.stdout.write(
    `${failures === null ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n${failures === null ? '' : `${failures}\n`}`,
  )
}
const failed = results.filter(({ failures }) => failures !== null).length
process.stdout.write(
  `checks: ${results.length - failed} passed, ${failed} failed in ${secondsSince(started)} s\n`,
)
process.exit(failed === 0 ? 0 : 1)

/** Runs the program of a package with this Node. */
async function tool(name, packageName, command, args) {
  const from = Date.now()
  const { bin } = JSON.parse(fs.readFileSync(inProject('node_modules', packageName, 'package.json'), 'utf8'))
  const program = inProject('node_modules', packageName, typeof bin === 'string' ? bin : bin[command])
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const status = await new Promise((resolve) => child.once('close', resolve))
  return { name, failures: status === 0 ? null : output.trim(), seconds: secondsSince(from) }
}

async function architecture() {
  const from = Date.now()
  const folders = JSON.parse(fs.readFileSync(inProject('tsconfig.json'), 'utf8')).include
  const files = [...folders.flatMap(sourcesBelow), ...sourcesBelow('scripts')].sort()
  const found = violations(new Map(files.map((file) => [file, fs.readFileSync(inProject(file), 'utf8')])))
  return {
    name: 'architecture',
    failures: found.length === 0 ? null : found.join('\n'),
    seconds: secondsSince(from),
  }
}

function sourcesBelow(folder) {
  if (!fs.existsSync(inProject(folder))) return []
  return fs.readdirSync(inProject(folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name)
    if (entry.isDirectory()) return sourcesBelow(file)
    return /\.(ts|mjs)$/.test(file) ? [file] : []
  })
}

function secondsSince(time) {
  return ((Date.now() - time) / 1000).toFixed(1)
}
