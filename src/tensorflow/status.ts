import { FlywheelError } from '../contracts/errors.js'
import type { CApi } from './c-api.js'

/** Names of TF_Code, by number (tensorflow/c/tf_status.h; the same as gRPC's). */
const codes = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

export interface Status {
  readonly pointer: bigint
  /** @throws FlywheelError tensorflow-failed when the last call set an error; `operation` names what was tried */
  check(operation: string): void
  dispose(): void
}

/** A TF_Status. Calls that come one after the other may share one; those beside each other may not. */
export function createStatus(c: CApi): Status {
  const pointer = c.TF_NewStatus()
  return {
    pointer,
    check(operation) {
      const code = c.TF_GetCode(pointer)
      if (code !== 0) throw tensorFlowError(operation, codes[code] ?? `code ${code}`, c.TF_Message(pointer))
    },
    dispose: () => c.TF_DeleteStatus(pointer),
  }
}

/** The typed form of a TensorFlow error: `members` hold the operation and TensorFlow's own code. */
export function tensorFlowError(operation: string, tensorflowCode: string, message: string): FlywheelError {
  const exhausted = tensorflowCode === 'RESOURCE_EXHAUSTED'
  return new FlywheelError('tensorflow-failed', `${operation}: ${tensorflowCode}: ${message}`, {
    members: { operation, tensorflowCode },
    ...(exhausted ? { remedy: 'Reduce batchSize or the model, or give the trainer more memory' } : {}),
  })
}

/** Whether TensorFlow (host or GPU) ran out of memory. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof FlywheelError && error.members.tensorflowCode === 'RESOURCE_EXHAUSTED'
}
