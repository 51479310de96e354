import { Type } from 'typebox'

/** ISO 8601 in UTC, with milliseconds, as `Date.prototype.toISOString` writes it. */
export const Time = Type.String({ format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] })
