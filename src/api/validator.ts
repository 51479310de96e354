import type { FastifySchemaCompiler } from 'fastify'
import type { FastifySerializerCompiler } from 'fastify/types/schema.js'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { FlywheelError } from '../contracts/errors.js'
import { describe, validationErrors } from '../contracts/validation.js'

/**
 * Checks a part of a request against its schema: bodies as they are, without coercion and without dropping
 * anything; text of query strings, paths and headers is first read as the number or boolean that its schema
 * asks for. Defaults are filled in.
 */
export const buildValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  const hasDefaults = JSON.stringify(schema).includes('"default":')
  // Most paths hold texts alone, and most query strings nothing: they stay as they are.
  const isText = httpPart !== 'body' && hasOtherThanText(schema)
  return (given: unknown) => {
    const read = isText ? readText(schema, given) : given
    const value = hasDefaults ? Value.Default(schema, read) : read
    if (validator.Check(value)) return { value }
    const errors = validationErrors(schema, value, names[httpPart ?? 'body'])
    const detail = errors.slice(0, 3).map(describe).join('; ')
    return { error: new FlywheelError('request-invalid', detail, { errors }) }
  }
}

/** What stands before a field's name in an error: nothing for the body, whose fields are named as they are. */
const names: Readonly<Record<string, string>> = {
  body: '',
  querystring: 'query',
  params: 'path',
  headers: 'header',
}

/**
 * Writes answers as JSON.
 *
 * @param options.checkAnswers compare each answer with its schema and throw on a difference
 */
export function buildSerializer({
  checkAnswers,
}: {
  checkAnswers: boolean
}): FastifySerializerCompiler<TSchema> {
  if (!checkAnswers) return () => (answer: unknown) => JSON.stringify(answer)
  return ({ schema, method, url, httpStatus }) => {
    const validator = Compile(schema)
    return (answer: unknown) => {
      const text = JSON.stringify(answer)
      const sent: unknown = JSON.parse(text)
      if (validator.Check(sent)) return text
      const wrong = validationErrors(schema, sent).map(describe).join('; ')
      throw new Error(`${method} ${url} answered ${httpStatus} in another form than its schema: ${wrong}`)
    }
  }
}

const hasOtherThanText = (schema: TSchema): boolean => {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> }
  return Object.values(properties).some(({ type }) =>
    ['integer', 'number', 'boolean'].includes(type as string),
  )
}

/** Reads the top-level text values whose schema asks for a number or a boolean; others stay as they are. */
function readText(schema: TSchema, given: unknown): unknown {
  const properties = (schema as { properties?: Record<string, TSchema & { type?: string }> }).properties ?? {}
  return Object.fromEntries(
    Object.entries((given ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      Object.hasOwn(properties, name) ? readAs(properties[name]?.type, value) : value,
    ]),
  )
}

function readAs(type: string | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value)) {
    return Number(value)
  }
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}
