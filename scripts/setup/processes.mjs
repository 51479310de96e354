import { spawn, spawnSync } from 'node:child_process'
import { root } from './project.mjs'

/** What a short command prints; null when it is missing or fails. */
export function output(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options })
  return result.status === 0 ? result.stdout.trim() : null
}

/** Runs a command whose output goes to the terminal; gives its exit status, 1 for a signal. */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['inherit', 2, 'inherit'], ...options })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => resolve(status === null ? 1 : status))
  })
}
