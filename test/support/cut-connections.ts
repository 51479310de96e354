import { createServer, connect as dial, type Socket } from 'node:net'
import { join } from 'node:path'
import { after } from 'node:test'
import { temporaryFolder } from './temporary-folder.js'

/** The network between an api and its database: it breaks when it is told to. */
export interface Wire {
  readonly url: string
  /** The next connections that send this are cut before it arrives, so many of them. */
  cutAt(text: string, times: number): void
  /** Cuts every open connection that has sent this. */
  cut(text: string): void
  /** Open connections. */
  connections(): number
  /** Nothing answers any more. */
  close(): void
}

/** @param url of a Postgres that listens on a unix socket */
export async function wireTo(url: string): Promise<Wire> {
  const target = new URL(url.replace('@/', '@localhost/')).searchParams.get('host') as string
  const folder = await temporaryFolder()
  const open = new Map<Socket, string>()
  let next = { text: '', times: 0 }
  const server = createServer((client) => {
    const upstream = dial(join(target, '.s.PGSQL.5432'))
    open.set(client, '')
    const end = () => {
      open.delete(client)
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    client.on('data', (bytes) => {
      open.set(client, `${open.get(client)}${bytes.toString('latin1')}`)
      if (next.times > 0 && bytes.includes(next.text)) {
        next.times--
        end()
      } else upstream.write(bytes)
    })
    upstream.on('data', (bytes) => client.write(bytes))
  })
  const path = join(folder, '.s.PGSQL.5432')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const close = () => {
    server.close()
    for (const socket of open.keys()) socket.destroy()
  }
  after(close)
  return {
    url: url.replace(target, folder),
    cutAt: (text, times) => {
      next = { text, times }
    },
    cut: (text) => {
      for (const [socket, sent] of open) if (sent.includes(text)) socket.destroy()
    },
    connections: () => open.size,
    close,
  }
}
