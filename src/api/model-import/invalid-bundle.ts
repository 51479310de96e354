import { FlywheelError, shown } from '../../contracts/errors.js'
import { bundleNames } from '../../registry/bundle/statement.js'

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

/** Whatever fails with what a manifest says, the manifest is wrong: it has just come. */
export async function asManifest<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FlywheelError && error.code === 'bundle-invalid') throw error
    const detail =
      error instanceof FlywheelError ? error.message : `it can not be used: ${(error as Error).message}`
    throw new FlywheelError('bundle-invalid', `${bundleNames.manifest}: ${detail}`, { cause: error })
  }
}
