import { FlywheelError } from '../../contracts/errors.js'

/** What packed data may expand to; beyond it, it is refused while it expands. */
const EXPANSION = {
  /** Expanded bytes for each packed one: tables shrink three- to thirtyfold, a bomb a thousandfold. */
  ratio: 200,
  /** Less than this may have any ratio. */
  freeBytes: 64 * 1024 ** 2,
  totalBytes: 64 * 1024 ** 3,
} as const

const mostExpanded = (packedBytes: number): number =>
  Math.min(EXPANSION.totalBytes, Math.max(EXPANSION.freeBytes, EXPANSION.ratio * packedBytes))

/**
 * How much of packed bytes has been read: so much less may have come out. A large bomb is refused as soon as a small one.
 *
 * @param packedBytes of the uploaded file, also where one packing stands in another
 * @param of what is unpacked: bytes that were read, of how many
 */
export const packedSoFar = (packedBytes: number, { read, of }: { read: number; of: number }): number =>
  Math.ceil(packedBytes * Math.min(1, read / Math.max(1, of)))

/**
 * @param packedBytes what it has come out of
 * @throws FlywheelError dataset-invalid when more has come out than may
 */
export function checkExpansion(expandedBytes: number, packedBytes: number): void {
  if (!isTooFar(expandedBytes, packedBytes)) return
  throw expandsTooFar(packedBytes)
}

export const isTooFar = (expandedBytes: number, packedBytes: number): boolean =>
  expandedBytes > mostExpanded(packedBytes)

export const expandsTooFar = (packedBytes: number): FlywheelError =>
  new FlywheelError(
    'dataset-invalid',
    `What was packed into ${packedBytes} bytes expands to more than ${mostExpanded(packedBytes)} bytes; ` +
      `at most ${EXPANSION.ratio} times its size are accepted beyond ${EXPANSION.freeBytes}, and ${EXPANSION.totalBytes} in all`,
    { remedy: 'Send it unpacked, or in parts' },
  )
