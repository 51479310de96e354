import { FlywheelError, shown } from '../contracts/errors.js'

/** An option that can not be. */
export function invalidOption(name: string, expected: string, received: unknown): FlywheelError {
  const path = `options.${name}`
  const text = shown(received)
  return new FlywheelError('specification-invalid', `${path}: expected ${expected}, received ${text}`, {
    errors: [{ path, expected, received: text }],
  })
}
