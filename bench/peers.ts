import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url)
const file = (path: string): string => fileURLToPath(new URL(path, root))
const folder = file('.cache/bench')
const requirements = file('bench/peers/requirements.txt')

let installed: Promise<string> | undefined

/** The interpreter of the peers' virtual environment, which is made at the first call. */
function interpreter(): Promise<string> {
  installed ??= install()
  return installed
}

async function install(): Promise<string> {
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  const stamp = `${folder}/installed`
  if (!existsSync(stamp) || (await readFile(stamp, 'utf8')) !== wanted) {
    process.stderr.write('Installing the Python peers into .cache/bench …\n')
    await rm(folder, { recursive: true, force: true })
    await run('python3', ['-m', 'venv', folder])
    await run(`${folder}/bin/pip`, ['install', '--quiet', '-r', requirements])
    await writeFile(stamp, wanted)
  }
  return `${folder}/bin/python`
}

/** Runs a peer's script to its end and gives what it printed. */
export async function python(script: string, parameters: readonly string[]): Promise<string> {
  const { stdout } = await run(await interpreter(), [file(`bench/peers/${script}`), ...parameters])
  return stdout.trim()
}

/** Starts a peer's server; its last argument is the port. */
export async function pythonServer(
  script: string,
  parameters: readonly string[],
): Promise<{ url: string; stop(): void }> {
  const port = 20_000 + (process.pid % 20_000)
  const url = `http://127.0.0.1:${port}`
  const server = spawn(await interpreter(), [file(`bench/peers/${script}`), ...parameters, String(port)], {
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
