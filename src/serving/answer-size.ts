import { FlywheelError } from '../contracts/errors.js'
import type { Signature } from './signature.js'

/** Of one request's answer, as JSON: well below what a frame between predictor and api holds. */
export const largestAnswerBytes = 64 * 1024 ** 2
/** A double as JSON takes so many characters at most: -1.2345678901234567e-300. */
const numberBytes = 24

/** The most rows that one request may ask of a version: each row's answer has a number for every class, and its name. */
export const mostRowsOf = (signature: Pick<Signature, 'classes'>): number =>
  Math.max(1, Math.floor(largestAnswerBytes / answerBytes(signature)))

/** Of one row's line, at most. */
function answerBytes({ classes }: Pick<Signature, 'classes'>): number {
  if (classes.length === 0) return '{"value":},'.length + numberBytes
  const names = classes.map((label) => Buffer.byteLength(JSON.stringify(String(label))))
  const entries = names.reduce((sum, bytes) => sum + bytes + ':,'.length + numberBytes, 0)
  return '{"label":,"probabilities":{}},'.length + names.reduce((a, b) => Math.max(a, b)) + entries
}

/**
 * Refuses rows before they are computed whose answers would be too much at once.
 *
 * @throws FlywheelError body-too-large
 */
export function checkAnswerSize({ mostRows }: { readonly mostRows: number }, rows: number): void {
  if (rows <= mostRows) return
  throw new FlywheelError(
    'body-too-large',
    `The answers to ${rows} rows would take more than ${largestAnswerBytes / 1024 ** 2} MiB: ` +
      `this version answers at most ${mostRows} rows at once`,
    { remedy: 'Send fewer rows at once' },
  )
}
