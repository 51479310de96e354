import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A browser on this machine; null where there is none, and tests read the page's text instead. */
const browser =
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync) ?? null

/** A page as a real browser has understood it, after everything in it has run; null where there is no browser. */
export function documentOf(file: string, profile: string): string | null {
  if (browser === null) return null
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--user-data-dir=${profile}`,
    '--virtual-time-budget=2000',
    '--dump-dom',
  ]
  return execFileSync(browser, [...flags, `file://${file}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 120_000,
  })
}
