import { execFileSync, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'

/** A browser on this machine; null where there is none, and tests read the page's text instead. */
const browser =
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync) ?? null

export const hasBrowser = browser !== null

const flagsFor = (profile: string): string[] => [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--user-data-dir=${profile}`,
]

/** A page as a real browser has understood it, after everything in it has run; null where there is no browser. */
export function documentOf(file: string, profile: string): string | null {
  if (browser === null) return null
  return execFileSync(
    browser,
    [...flagsFor(profile), '--virtual-time-budget=2000', '--dump-dom', `file://${file}`],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
    },
  )
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
}

/** Sends the page's document back once a condition holds in it. */
const reporter = (until: string): string => `<script>
const timer = setInterval(() => {
  if (!(${until})) return
  clearInterval(timer)
  fetch('/document', { method: 'POST', body: document.documentElement.outerHTML })
}, 20)
</script>`

/**
 * A page of a folder that is served on loopback, as a real browser has it in the end. The browser knows no other address.
 *
 * @param options.path with its query: "index.html?size=3"
 * @param options.until JavaScript that is true in the page when it is ready
 * @returns the document, and the paths that the browser asked for
 */
export async function servedDocument({
  folder,
  path,
  profile,
  until,
}: {
  readonly folder: string
  readonly path: string
  readonly profile: string
  readonly until: string
}): Promise<{ text: string; asked: string[] }> {
  const asked: string[] = []
  const ready = new EventEmitter()
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url as string, 'http://localhost')
    if (request.method === 'POST') return void ready.emit('document', await text(request))
    asked.push(pathname)
    const bytes = await readFile(join(folder, pathname)).catch(() => null)
    const type = extname(pathname)
    response.writeHead(bytes === null ? 404 : 200, {
      'content-type': mediaTypes[type] ?? 'application/octet-stream',
    })
    response.end(type === '.html' && bytes !== null ? `${bytes}${reporter(until)}` : bytes)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const process = spawn(
    browser as string,
    [
      ...flagsFor(profile),
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      `http://127.0.0.1:${port}/${path}`,
    ],
    { stdio: 'ignore' },
  )
  try {
    const [document] = await once(ready, 'document', { signal: AbortSignal.timeout(120_000) })
    return { text: document as string, asked }
  } finally {
    process.kill()
    await once(process, 'exit')
    server.close()
    server.closeAllConnections()
  }
}
