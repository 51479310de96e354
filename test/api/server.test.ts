import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fillDataFolder } from '../support/database.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const folder = await temporaryFolder()
await fillDataFolder(folder)
const entry = fileURLToPath(new URL('../../src/api/server.js', import.meta.url))
const started: ChildProcess[] = []
after(() => {
  for (const child of started) child.kill('SIGKILL')
})

function start(env: Readonly<Record<string, string>> = {}): ChildProcess {
  const variables = {
    FLYWHEEL_DATA: folder,
    FLYWHEEL_LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
    PORT: '0',
    ...env,
  }
  const child = fork(entry, [], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  started.push(child)
  return child
}

async function portOf(child: ChildProcess): Promise<number> {
  const [message] = (await once(child, 'message')) as [{ addresses: { port: number }[] }]
  return message.addresses[0]?.port ?? 0
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function textOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const data of socket.setEncoding('utf8')) text += data
  return text
}

describe('the api process', () => {
  it('refuses to be reached from other machines while there is no key, in one line', async () => {
    const child = start({ HOST: '0.0.0.0' })
    const exit = once(child, 'exit')
    assert.match(await textOf(child.stderr as Socket), /^HOST: 0\.0\.0\.0 .* FLYWHEEL_ADMIN_KEY .*\n$/)
    assert.deepEqual(await exit, [1, null])
  })

  it('as a container it needs no key, and is reached from every address', async () => {
    const port = await freePort()
    const child = start({ AIP_HTTP_PORT: String(port), HOST: '127.0.0.1' })
    const [message] = (await once(child, 'message')) as [{ addresses: { address: string; port: number }[] }]
    assert.deepEqual(
      message.addresses.map((address) => [address.address, address.port]),
      [['0.0.0.0', port]],
    )
    const ask = (path: string) => fetch(`http://127.0.0.2:${port}${path}`)
    assert.deepEqual([(await ask('/ping')).status, (await ask('/v1/keys')).status], [404, 404])
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  it('finishes what it has begun when it is told to end, and exits with 0', async () => {
    const child = start()
    const port = await portOf(child)
    const body = '{"name":"late","scopes":["data"]}'
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /v1/keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n' +
        `Content-Length: ${body.length}\r\n\r\n`,
    )
    await once(socket, 'data')
    child.kill('SIGTERM')
    while (await isOpen(port));
    socket.write(body)
    assert.match(await textOf(socket), /^HTTP\/1\.1 201 [\s\S]*"name":"late"/)
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  it('ends when the process that started it is gone', async () => {
    const child = start()
    await portOf(child)
    child.disconnect()
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })
})

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const opened = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return opened
}
