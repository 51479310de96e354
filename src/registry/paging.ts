import { FlywheelError } from '../contracts/errors.js'

export interface Page<T> {
  readonly data: readonly T[]
  /** Null on the last page. */
  readonly nextCursor: string | null
}

/** A page out of at most `limit + 1` rows: the one too many tells that there is a next page. */
export function pageOf<T>(
  rows: readonly T[],
  { limit, key }: { limit: number; key: (row: T) => string },
): Page<T> {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const isLast = rows.length <= limit || last === undefined
  return { data, nextCursor: isLast ? null : Buffer.from(JSON.stringify(key(last))).toString('base64url') }
}

/**
 * The sort key at which the page before ended.
 *
 * @throws FlywheelError request-invalid when the cursor is none of ours
 */
export function readCursor(cursor: string): string {
  const received = cursor.slice(0, 80)
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (typeof key === 'string' && !key.includes('\u0000')) return key
  } catch {
    // No JSON: refused below.
  }
  throw new FlywheelError('request-invalid', 'cursor: expected the nextCursor of an earlier answer', {
    errors: [{ path: 'cursor', expected: 'the nextCursor of an earlier answer', received }],
  })
}
