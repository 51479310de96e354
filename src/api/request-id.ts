import { randomBytes } from 'node:crypto'

/** 128 random bits: made here alone, so that an id in a log is never a client's text. */
export const newRequestId = (): string => randomBytes(16).toString('hex')
