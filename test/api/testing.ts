import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { buildApp } from '../../src/api/app.js'
import { readConfig } from '../../src/config.js'
import { fillDataFolder } from '../support/database.js'

/** The app alone, on a data folder of its own, with no queue and no worker behind it. */
export async function startApp(
  environment: Readonly<Record<string, string>> = {},
  { log, words = [] }: { log?: FastifyBaseLogger; words?: readonly string[] } = {},
): Promise<{ app: FastifyInstance; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-api-'))
  await fillDataFolder(folder)
  const config = readConfig({ FLYWHEEL_DATA: folder, ...environment }, words)
  const app = await buildApp({ config, checkAnswers: true, ...(log ? { log } : {}) })
  await app.ready()
  const stop = async () => {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { app, stop }
}
