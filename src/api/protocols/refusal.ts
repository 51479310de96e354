import { FlywheelError, shown } from '../../contracts/errors.js'

/** What a protocol's request has wrong at one place; each protocol writes it in its own error body. */
export function refusal(path: string, expected: string, value: unknown): FlywheelError {
  return refusalOf(path, expected, shown(value))
}

/** @param received in words, where the value itself says little */
export const refusalOf = (path: string, expected: string, received: string): FlywheelError =>
  new FlywheelError('request-invalid', `${path}: expected ${expected}, received ${received}`, {
    errors: [{ path, expected, received }],
  })
