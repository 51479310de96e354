import { createHash } from 'node:crypto'
import net from 'node:net'
import { root, say } from './project.mjs'

/** An abstract unix socket: the kernel frees it when its process ends, however it ends. */
const address = (name) => `\0flywheel-setup-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`

/** Runs the task while no other process on this machine runs one under the same name; waits for its turn. */
export async function exclusively(
  task,
  { name = root, onWait = () => say('another set-up runs; waiting for it') } = {},
) {
  let release = await acquire(address(name))
  if (release === null) onWait()
  while (release === null) {
    await released(address(name))
    release = await acquire(address(name))
  }
  try {
    return await task()
  } finally {
    await release()
  }
}

/** Gives the function that frees the lock, or null when another process holds it. */
function acquire(path) {
  const waiting = new Set()
  const server = net.createServer((socket) => {
    waiting.add(socket)
    socket.on('error', () => {}) // a waiting process may end first
    socket.once('close', () => waiting.delete(socket))
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)))
    server.listen(path, () =>
      resolve(
        () =>
          new Promise((closed) => {
            server.close(closed)
            for (const socket of waiting) socket.destroy()
          }),
      ),
    )
  })
}

/** The holder keeps the connection open until it has finished or died. */
const released = (path) =>
  new Promise((resolve) => {
    const socket = net.connect(path)
    socket.on('error', () => {}) // already free
    socket.once('close', resolve)
    socket.resume()
  })
