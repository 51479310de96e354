import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url)
const file = (path: string): string => fileURLToPath(new URL(path, root))

/** Peers with the same requirements share a virtual environment. */
const installed = new Map<string, Promise<string>>()

/** The interpreter of the peers' virtual environment, which is made at the first call. */
export function interpreter(requirements = 'requirements.txt'): Promise<string> {
  const known = installed.get(requirements) ?? install(requirements)
  installed.set(requirements, known)
  return known
}

export const peerScript = (script: string): string => file(`bench/peers/${script}`)

/** `bench`, `bench-training`, `bench-serving-triton` …; training has one for CPUs or for GPUs. */
const folderOf = (requirements: string): string => {
  const own = requirements.replace(/-?requirements(-gpu)?/, '').replace(/\.txt$/, '')
  return own === '' ? 'bench' : `bench-${own}`
}

async function install(requirements: string): Promise<string> {
  const path = peerScript(requirements)
  const folder = file(`.cache/${folderOf(requirements)}`)
  const wanted = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  const stamp = `${folder}/installed`
  if (!existsSync(stamp) || (await readFile(stamp, 'utf8')) !== wanted) {
    process.stderr.write(`Installing the Python peers of ${requirements} …\n`)
    await rm(folder, { recursive: true, force: true })
    await run('python3', ['-m', 'venv', folder])
    await run(`${folder}/bin/pip`, ['install', '--quiet', '-r', path])
    await writeFile(stamp, wanted)
  }
  return `${folder}/bin/python`
}

/** Runs a peer's script to its end and gives what it printed. */
export async function python(
  script: string,
  parameters: readonly string[],
  { requirements, env }: { requirements?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const running = run(await interpreter(requirements), [peerScript(script), ...parameters], {
    env: { ...process.env, ...env },
  })
  const stop = () => void running.child.kill()
  process.once('exit', stop)
  try {
    return (await running).stdout.trim()
  } finally {
    process.removeListener('exit', stop)
  }
}

/** Starts a peer's server; its last argument is the port. */
export async function pythonServer(
  script: string,
  parameters: readonly string[],
): Promise<{ url: string; stop(): void }> {
  const port = 20_000 + (process.pid % 20_000)
  const url = `http://127.0.0.1:${port}`
  const server = spawn(await interpreter(), [peerScript(script), ...parameters, String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  while (
    !(await fetch(url).then(
      () => true,
      () => false,
    ))
  ) {
    if (server.exitCode !== null) throw new Error(`${script} ended with code ${server.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return { url, stop: () => void server.kill() }
}
