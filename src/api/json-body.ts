import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { FlywheelError, refusalOf } from '../contracts/errors.js'

/** Deeper JSON is refused before it is parsed: nothing that is sent here needs more. */
const MAX_DEPTH = 64
/** A number with this many digits may be too large for a double. */
const LONG_NUMBER_DIGITS = 300

/** Accepts `application/json` alone; routes that take other content add their own parsers. */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, parseJson(body))
    } catch (error) {
      done(error as Error)
    }
  })
}

/**
 * Parses JSON: UTF-8, at most 64 levels deep, with finite numbers, and without keys that reach for an object's
 * prototype.
 *
 * @throws FlywheelError body-malformed, or request-invalid for a number that is too large
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw malformed('The body is not valid UTF-8')
  const { mayBeInfinite } = inspect(bytes)
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const value = parsed(text)
  if (mayBeInfinite || /__proto__|constructor|\\u/.test(text)) checkDeeply(value, '')
  return value
}

const malformed = (detail: string, cause?: unknown): FlywheelError =>
  new FlywheelError('body-malformed', detail, { cause })

function parsed(text: string): unknown {
  if (text.trim() === '') throw malformed('The body is empty, and must be JSON')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw malformed('The body is not valid JSON', error)
  }
}

/** One pass over the bytes before they are parsed: refuses depth, and finds numbers that may not fit a double. */
function inspect(body: Buffer): { mayBeInfinite: boolean } {
  let depth = 0
  let digits = 0
  let mayBeInfinite = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number
    if (byte >= 0x30 && byte <= 0x39) {
      if (++digits >= LONG_NUMBER_DIGITS) mayBeInfinite = true
      continue
    }
    // "e" or "E" after a digit: an exponent.
    if ((byte | 0x20) === 0x65 && digits > 0) mayBeInfinite = true
    digits = 0
    if (byte === 0x22) at = endOfString(body, at)
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) throw malformed(`The body is nested deeper than ${MAX_DEPTH} levels`)
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return { mayBeInfinite }
}

/** The index of the quote that ends the string which begins at `start`; past the end when nothing ends it. */
export function endOfString(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at]
    if (byte === 0x5c) at++
    else if (byte === 0x22) return at
  }
  return body.length
}

/** The depth is bounded already. */
function checkDeeply(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw refusalOf(path, 'a finite number', 'one that is too large')
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__' || (key === 'constructor' && hasPrototype(entry))) {
      throw malformed(`The name ${key} is not accepted here`)
    }
    const name = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key
    checkDeeply(entry, name)
  }
}

const hasPrototype = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
