import { FlywheelError, shown } from '../../contracts/errors.js'

/** One thing of a bundle that is not as it must be. */
export function invalidBundle(
  path: string,
  { expected, received, cause }: { expected: string; received: string; cause?: unknown },
): FlywheelError {
  return new FlywheelError('bundle-invalid', `${path}: expected ${expected}, received ${received}`, {
    errors: [{ path, expected, received }],
    cause,
  })
}

/** Says what readers of archives and of JSON find wrong in terms of the bundle. */
export async function asBundle<Result>(path: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const isOfContent =
      error instanceof FlywheelError && error.status < 500 && error.code !== 'bundle-invalid'
    if (!isOfContent) throw error
    throw new FlywheelError('bundle-invalid', `${path}: ${error.message}`, {
      errors: [{ path, expected: 'a file as it was exported', received: shown(error.message) }],
      cause: error,
    })
  }
}
