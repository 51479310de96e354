import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { FlywheelError } from '../contracts/errors.js'

/** Deeper JSON is refused before it is parsed: nothing that is sent here needs more. */
const MAX_DEPTH = 64
/** A number with this many digits may be too large for a double. */
const LONG_NUMBER_DIGITS = 300

/**
 * Accepts `application/json` alone, as UTF-8, at most 64 levels deep, with finite numbers, and without keys
 * that reach for an object's prototype. Routes that take other content add their own parsers.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parseText = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const suspicion = inspect(body)
    if (suspicion instanceof FlywheelError) return done(suspicion)
    parseText(request, body.toString('utf8'), (error, value) => {
      if (error) return done(malformed(error.message, error))
      const path = suspicion === 'large-number' ? infinitePath(value, '') : null
      if (path === null) return done(null, value)
      const detail = `${path || 'the value'}: expected a finite number, received one that is too large`
      const errors = [{ path, expected: 'a finite number', received: 'a number that is too large' }]
      done(new FlywheelError('request-invalid', detail, { errors }))
    })
  })
}

const malformed = (detail: string, cause?: unknown): FlywheelError =>
  new FlywheelError('body-malformed', detail, { cause })

/**
 * One pass over the bytes before they are parsed.
 *
 * @returns an error, "large-number" when a number may not fit a double, or null
 */
function inspect(body: Buffer): FlywheelError | 'large-number' | null {
  if (!isUtf8(body)) return malformed('The body is not valid UTF-8')
  let depth = 0
  let digits = 0
  let isLarge = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number
    if (byte >= 0x30 && byte <= 0x39) {
      if (++digits >= LONG_NUMBER_DIGITS) isLarge = true
      continue
    }
    // "e" or "E" after a digit: an exponent.
    if ((byte | 0x20) === 0x65 && digits > 0) isLarge = true
    digits = 0
    if (byte === 0x22) at = endOfString(body, at)
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) return malformed(`The body is nested deeper than ${MAX_DEPTH} levels`)
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return isLarge ? 'large-number' : null
}

/** The index of the quote that ends the string which begins at `start`; the last byte when nothing ends it. */
function endOfString(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at]
    if (byte === 0x5c) at++
    else if (byte === 0x22) return at
  }
  return body.length
}

/** Where the first number stands that is not finite, or null; the depth is bounded already. */
function infinitePath(value: unknown, path: string): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : path
  if (typeof value !== 'object' || value === null) return null
  for (const [key, entry] of Object.entries(value)) {
    const name = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key
    const found = infinitePath(entry, name)
    if (found !== null) return found
  }
  return null
}
