import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Instruction, Stage } from './dockerfile.js'

/** Why the steps of a Dockerfile can not be run here; null when they can. */
export function reasonToSkip(): string | null {
  if (process.getuid?.() !== 0) return 'only root can run the steps of the Dockerfile in a folder'
  const missing = ['debootstrap', 'chroot', 'unshare'].find((name) => spawnSync('which', [name]).status !== 0)
  return missing === undefined ? null : `${missing} is not installed`
}

/** Runs a command and gives what it printed. @throws Error with that when it fails */
export async function command(name: string, args: readonly string[], options: object = {}): Promise<string> {
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0)
    throw new Error(`${name} … ${args.at(-1)} ended with ${status}:\n${output.slice(-3_000)}`)
  return output
}

/** What this machine needs to reach its package registries: certificates, mirrors, options of pip. */
const networkFiles = ['/etc/resolv.conf', '/etc/ssl/certs/ca-certificates.crt', '/etc/apt/apt.conf.d']
const networkVariables = /^(PIP_.*|.*_CERT|.*_CERTS|.*CA_BUNDLE|SSL_CERT_FILE|https?_proxy|no_proxy)$/i

/** A folder like the image `node:…-slim`: Debian, Node and npm of this machine, the user node. */
export async function nodeImage({ folder, npm }: { folder: string; npm: string }): Promise<string> {
  const names = await readdir(folder).catch(() => [])
  if (names.length > 0) return folder
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  await command('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', partial])
  await cp(process.execPath, join(partial, 'usr/local/bin/node'))
  const installed = join(partial, 'usr/local/lib/node_modules/npm')
  await cp(npm, installed, { recursive: true, verbatimSymlinks: true })
  await command('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(partial, 'usr/local/bin/npm')])
  await command('chroot', [partial, 'useradd', '--create-home', '--uid', '1000', 'node'])
  for (const file of networkFiles) await cp(file, join(partial, file), { recursive: true, dereference: true })
  await rename(partial, folder)
  return folder
}

export interface BuiltStage {
  readonly root: string
  readonly env: NodeJS.ProcessEnv
  readonly workdir: string
  readonly user: string
  readonly command: readonly string[]
}

/** Builds stages of a Dockerfile into folders below `work`; each is built once. */
export function stageBuilder({
  stages,
  context,
  image,
  work,
}: {
  stages: readonly Stage[]
  context: string
  image: string
  work: string
}): (name: string) => Promise<BuiltStage> {
  const built = new Map<string, Promise<BuiltStage>>()
  const build = (name: string): Promise<BuiltStage> => {
    const known = built.get(name) ?? buildStage(name)
    built.set(name, known)
    return known
  }
  const buildStage = async (name: string): Promise<BuiltStage> => {
    const stage = stages.find((candidate) => candidate.name === name)
    if (stage === undefined) return fresh(image)
    const root = join(work, name)
    const base = await build(stage.base)
    await command('cp', ['-a', '--reflink=auto', base.root, root])
    let state: BuiltStage = { ...base, root }
    for (const instruction of stage.instructions) {
      state = await apply(state, instruction, async (from) => (from ? (await build(from)).root : context))
    }
    return state
  }
  return build
}

const fresh = (root: string): BuiltStage => ({
  root,
  env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
  workdir: '/',
  user: 'root',
  command: [],
})

async function apply(
  state: BuiltStage,
  { name, flags, rest }: Instruction,
  sourceRoot: (from: string | undefined) => Promise<string>,
): Promise<BuiltStage> {
  switch (name) {
    case 'WORKDIR':
      await mkdir(join(state.root, rest), { recursive: true })
      return { ...state, workdir: rest }
    case 'ENV':
      return {
        ...state,
        env: { ...state.env, ...Object.fromEntries(rest.split(/\s+/).map((pair) => pair.split('='))) },
      }
    case 'USER':
      return { ...state, user: rest }
    case 'CMD':
      return { ...state, command: JSON.parse(rest) }
    case 'RUN':
      await command(...inStage({ ...state, command: ['sh', '-c', rest] }, { env: networkEnvironment() }))
      return state
    case 'COPY':
      await copy({ state, rest, root: await sourceRoot(flags.from) })
      return state
    case 'EXPOSE':
    case 'HEALTHCHECK':
      return state
    default:
      throw new Error(`The instruction ${name} is not known here`)
  }
}

/** A folder's content goes into the target, a file into the target's folder, as COPY does it. */
async function copy({ state, rest, root }: { state: BuiltStage; rest: string; root: string }): Promise<void> {
  const names = rest.split(' ')
  const target = join(state.root, state.workdir, names.pop() as string)
  await mkdir(target, { recursive: true })
  for (const name of names) {
    const source = join(root, name)
    const isFolder = (await stat(source)).isDirectory()
    await command('cp', [
      '-a',
      '--reflink=auto',
      isFolder ? `${source}/.` : source,
      isFolder ? target : join(target, basename(name)),
    ])
  }
}

const networkEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => networkVariables.test(name)))

/** The command line that runs a stage's command in its folder, as its user; mounts end with it. */
export function inStage(
  stage: BuiltStage,
  { env = {}, mounts = {} }: { env?: NodeJS.ProcessEnv; mounts?: Readonly<Record<string, string>> } = {},
): [string, string[]] {
  const variables = Object.entries({ ...stage.env, ...env }).map(([name, value]) => `${name}=${value}`)
  const mountLines = Object.entries(mounts).map(
    ([from, to]) => `mount --bind '${from}' '${join(stage.root, to)}'`,
  )
  const script = [
    'set -e',
    `mount -t proc proc '${stage.root}/proc'`,
    ...mountLines,
    `exec chroot --userspec='${stage.user}' '${stage.root}' env -i --chdir='${stage.workdir}' "$@"`,
  ].join('\n')
  return ['unshare', ['--mount', 'sh', '-c', script, 'sh', ...variables, ...stage.command]]
}

/** The files that .dockerignore lets through, in a folder of their own. */
export async function dockerContext({
  project,
  folder,
}: {
  project: string
  folder: string
}): Promise<string> {
  await mkdir(folder, { recursive: true })
  const lines = (await readFile(join(project, '.dockerignore'), 'utf8')).split('\n')
  for (const line of lines.filter((entry) => entry.startsWith('!'))) {
    await cp(join(project, line.slice(1)), join(folder, line.slice(1)), { recursive: true })
  }
  return folder
}
