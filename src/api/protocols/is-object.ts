import { refusal } from '../../contracts/errors.js'

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws FlywheelError request-invalid where it is none */
export function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (isObject(value)) return value
  throw refusal(path, 'an object', value)
}
