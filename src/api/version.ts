import { readFileSync } from 'node:fs'

/** Flywheel's own version, as package.json has it. */
export const flywheelVersion: string = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
).version
