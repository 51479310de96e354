import { FlywheelError, shown } from '../../contracts/errors.js'

/**
 * What can't be done with the training rows. The chain adds which step it is.
 *
 * @param path within the step: "columns", "options.components"
 */
export function unfit(path: string, expected: string, received: unknown): FlywheelError {
  const text = typeof received === 'string' ? received : shown(received)
  return new FlywheelError('specification-invalid', `${path}: expected ${expected}, received ${text}`, {
    errors: [{ path, expected, received: text }],
  })
}
