import { FlywheelError } from '../../contracts/errors.js'

/** What packed data may expand to; beyond it, it is refused while it expands. */
const EXPANSION = {
  /** Expanded bytes for each packed one: tables shrink three- to thirtyfold, a bomb a thousandfold. */
  ratio: 200,
  /** Less than this may have any ratio. */
  freeBytes: 64 * 1024 ** 2,
  totalBytes: 64 * 1024 ** 3,
} as const

/**
 * The most that packed data may expand to.
 *
 * @param packedBytes of the uploaded file, also where one packing stands in another
 */
export const mostExpanded = (packedBytes: number): number =>
  Math.min(EXPANSION.totalBytes, Math.max(EXPANSION.freeBytes, EXPANSION.ratio * packedBytes))

/** @throws FlywheelError dataset-invalid when more has come out than may */
export function checkExpansion(expandedBytes: number, packedBytes: number): void {
  const most = mostExpanded(packedBytes)
  if (expandedBytes > most) throw expandsTooFar(packedBytes)
}

export const expandsTooFar = (packedBytes: number): FlywheelError =>
  new FlywheelError(
    'dataset-invalid',
    `The file of ${packedBytes} bytes expands to more than ${mostExpanded(packedBytes)} bytes; ` +
      `at most ${EXPANSION.ratio} times its size are accepted beyond ${EXPANSION.freeBytes}, and ${EXPANSION.totalBytes} in all`,
    { remedy: 'Send it unpacked, or in parts' },
  )
