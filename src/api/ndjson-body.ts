import type { FastifyInstance } from 'fastify'
import { FlywheelError } from '../contracts/errors.js'
import { parseJson } from './json-body.js'

/** Accepts `application/x-ndjson` in the routes of this plugin: a body of JSON values, one a line, as a list. */
export function acceptNdjson(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-ndjson', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, readLines(body))
    } catch (error) {
      done(error as Error)
    }
  })
}

function readLines(body: Buffer): unknown[] {
  const values: unknown[] = []
  let line = 0
  for (let start = 0; start < body.length; ) {
    const end = body.indexOf(0x0a, start)
    const bytes = body.subarray(start, end === -1 ? body.length : end)
    line += 1
    start += bytes.length + 1
    if (bytes.toString().trim() === '') continue
    values.push(parseLine(bytes, line))
  }
  return values
}

function parseLine(bytes: Buffer, line: number): unknown {
  try {
    return parseJson(bytes)
  } catch (error) {
    if (!(error instanceof FlywheelError)) throw error
    throw new FlywheelError(error.code, `Line ${line}: ${error.message}`, {
      errors: error.errors,
      cause: error,
    })
  }
}
