import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { supervise } from '../src/supervised-process.js'

/** Connects to us, so that its start and its end are events, and ends cleanly when it is asked to. */
const program = (socket: string): string => `
  import { connect } from 'node:net'
  import { onShutdown } from '${new URL('../src/shutdown.js', import.meta.url).href}'
  const connection = connect('${socket}')
  onShutdown(async (reason) => { await new Promise((done) => connection.end('closed by ' + reason, done)) })
  connection.write(process.pid + '\\n')
`

describe('a supervised process', () => {
  let folder: string
  let entry: string
  let server: Server
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flywheel-test-'))
    entry = join(folder, 'program.mjs')
    await writeFile(entry, program(join(folder, 'socket')))
  })
  beforeEach(() => {
    server = createServer().listen(join(folder, 'socket'))
  })
  after(() => rm(folder, { recursive: true }))

  const connected = async (): Promise<{ socket: Socket; pid: number }> => {
    const [socket] = (await once(server, 'connection')) as [Socket]
    const [line] = (await once(socket, 'data')) as [Buffer]
    return { socket, pid: Number(line) }
  }

  it('ends on SIGTERM in order, and is not started again', async () => {
    const supervised = supervise({ name: 'program', entry, env: process.env, onExit: () => assert.fail() })
    const { socket } = await connected()
    const [[word]] = await Promise.all([once(socket, 'data') as Promise<[Buffer]>, supervised.stop()])
    assert.equal(word.toString(), 'closed by SIGTERM')
    assert.equal(supervised.identity(), null)
    server.close()
  })

  it('is started again after a kill -9, and that is reported', async () => {
    const exits: string[] = []
    const supervised = supervise({
      name: 'program',
      entry,
      env: process.env,
      onExit: ({ reason, restartsInMs }) => {
        exits.push(`${reason} ${restartsInMs}`)
        return true
      },
    })
    const first = await connected()
    first.socket.on('error', () => {})
    process.kill(first.pid, 'SIGKILL')
    const second = await connected()
    assert.notEqual(second.pid, first.pid)
    assert.deepEqual(exits, ['SIGKILL 500'])
    await supervised.stop()
    server.close()
  })

  it('ends by itself when its supervisor is killed', async () => {
    const script = `const { supervise } = await import('${new URL('../src/supervised-process.js', import.meta.url).href}')
      supervise({ name: 'program', entry: process.argv[1], env: process.env, onExit: () => false })`
    const supervisor = spawn(process.execPath, ['--input-type=module', '-e', script, entry], {
      stdio: 'inherit',
    })
    const { socket, pid } = await connected()
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    assert.equal(
      Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]),
      pid,
      'it leads a group of its own',
    )
    const said = once(socket, 'data') as Promise<[Buffer]>
    supervisor.kill('SIGKILL')
    assert.equal((await said)[0].toString(), 'closed by disconnect')
    server.close()
  })
})
