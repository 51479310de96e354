import { randomBytes } from 'node:crypto'

/** 12 hex digits of the time in ms, 20 of chance: ids sort in the order of their making, and fit in a path. */
export const newId = (): string => Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex')
