import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type ErrorCode, type ErrorDetail, FlywheelError, shown } from './errors.js'

/**
 * Checks a value against its schema and fills in the defaults. The input is not changed.
 *
 * @param path where the value stands in the request, for messages: "hyperparameters"
 * @throws FlywheelError that names every field, what was expected and what came
 */
export function parse<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  { path = '', code = 'specification-invalid' }: { path?: string; code?: ErrorCode } = {},
): Static<Schema> {
  const filled = Value.Default(schema, Value.Clone(value))
  const errors = validationErrors(schema, filled, path)
  if (errors.length > 0) {
    throw new FlywheelError(code, errors.map(describe).slice(0, 3).join('; '), { errors })
  }
  return filled as Static<Schema>
}

/** What is wrong with a value, at most 100 entries; empty when it fits. */
export function validationErrors(schema: TSchema, value: unknown, path = ''): ErrorDetail[] {
  const errors = Value.Errors(schema, value).flatMap((error) => {
    const { expected, at } = expectation(error)
    const pointers = at?.map((name) => `${error.instancePath}/${escaped(name)}`) ?? [error.instancePath]
    return pointers.map((pointer) => ({
      path: dotted(path, pointer),
      expected,
      received: shown(Value.Pointer.Get(value, pointer)),
    }))
  })
  const byPath = new Map<string, ErrorDetail>()
  for (const error of errors) {
    const known = byPath.get(error.path)
    if (known !== undefined && error.expected === ANY_FORM) continue
    if (known === undefined || known.expected === ANY_FORM) byPath.set(error.path, error)
    else if (!known.expected.split(' or ').includes(error.expected)) {
      byPath.set(error.path, { ...known, expected: `${known.expected} or ${error.expected}` })
    }
  }
  return [...byPath.values()].slice(0, 100)
}

/** Says less than what each form expects. */
const ANY_FORM = 'one of the documented forms'

interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

/** `at`: the properties that it is about, where the error stands at the object that holds them. */
function expectation({ keyword, message, params }: SchemaError): {
  expected: string
  at?: readonly string[]
} {
  const given = params as Record<string, unknown>
  switch (keyword) {
    case 'required':
      return { expected: 'a value', at: given.requiredProperties as string[] }
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return { expected: 'no such property', at: given[keyword] as string[] }
    case 'boolean':
      return { expected: 'no such property' }
    case 'type':
      return { expected: article(String(given.type)) }
    case 'enum':
      return { expected: `one of ${(given.allowedValues as unknown[]).map(shown).join(', ')}` }
    case 'const':
      return { expected: shown(given.allowedValue) }
    case 'anyOf':
      return { expected: ANY_FORM }
    case 'minItems':
      return { expected: `at least ${given.limit} of them` }
    case 'maxItems':
      return { expected: `at most ${given.limit} of them` }
    case 'minLength':
    case 'maxLength':
      return {
        expected: `a text of at ${keyword === 'minLength' ? 'least' : 'most'} ${given.limit} characters`,
      }
    default:
      return { expected: message.replace(/^must (be |match |have )?/, '') }
  }
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

const article = (type: string): string =>
  /^[aeio]/.test(type) ? `an ${type}` : type === 'null' ? 'null' : `a ${type}`

/** "training.epochs: expected an integer, received \"many\"". */
export const describe = (error: ErrorDetail): string =>
  `${error.path || 'the value'}: expected ${error.expected}, received ${error.received}`

/** "/optimizer/learningRate" below "training" becomes "training.optimizer.learningRate". */
function dotted(path: string, pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return parts.reduce(
    (text, part) => (/^\d+$/.test(part) ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    path,
  )
}
