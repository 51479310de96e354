import { randomUUID } from 'node:crypto'

/** Random, and made here alone, so that an id in a log is never a client's text. */
export const newRequestId = (): string => randomUUID()
