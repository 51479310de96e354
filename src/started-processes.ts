import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { endProcess, identify, isAlive, type ProcessIdentity } from './process-identity.js'

/** The processes that `npm start` runs on a data folder; kept there, so that the next start finds what was left. */
interface StartedProcesses {
  readonly owner: ProcessIdentity
  readonly children: readonly ProcessIdentity[]
}

const fileIn = (dataFolder: string): string => join(dataFolder, 'processes.json')

/** Notes which processes run now. */
export function recordProcesses(
  dataFolder: string,
  children: readonly { identity(): ProcessIdentity | null }[],
): void {
  const running = children.map((child) => child.identity()).filter((identity) => identity !== null)
  const temporary = `${fileIn(dataFolder)}.${process.pid}`
  writeFileSync(temporary, JSON.stringify({ owner: identify(process.pid), children: running }))
  renameSync(temporary, fileIn(dataFolder))
}

/**
 * Ends what a start that was killed left running on the folder.
 *
 * @throws Error when that start still lives
 */
export async function endLeftovers(dataFolder: string): Promise<void> {
  const started = readProcesses(dataFolder)
  if (started === null) return
  if (isAlive(started.owner)) {
    throw new Error(
      `FLYWHEEL_DATA: ${dataFolder} is in use by process ${started.owner.pid}; end that one, or choose another folder`,
    )
  }
  await Promise.all(started.children.map(endProcess))
}

function readProcesses(dataFolder: string): StartedProcesses | null {
  try {
    return JSON.parse(readFileSync(fileIn(dataFolder), 'utf8')) as StartedProcesses
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Error(`${fileIn(dataFolder)} can not be read; remove it when no Flywheel runs there`, {
      cause: error,
    })
  }
}
