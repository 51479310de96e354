import { DrizzleQueryError } from 'drizzle-orm/errors'
import { FlywheelError } from '../contracts/errors.js'

/** What the database refused, in the table's terms; null for what is a fault of ours. */
export function classifyDatabaseError(error: unknown): FlywheelError | null {
  if (!(error instanceof DrizzleQueryError)) return null
  const { code = '', message = '' } = (error.cause ?? {}) as { code?: string; message?: string }
  switch (true) {
    // character_not_in_repertoire, untranslatable_character
    case code === '22021' || code === '22P05':
      return new FlywheelError(
        'request-invalid',
        'A text holds a character that can not be stored: NUL, or half of a surrogate pair',
        { cause: error },
      )
    // disk_full
    case code === '53100':
      return new FlywheelError('storage-full', 'There is no space left on the disk', { cause: error })
    // connection_exception, insufficient_resources, operator_intervention
    case /^(08|53|57P)/.test(code):
    case /^E(CONN|HOST|NET|TIMEDOUT|PIPE|NOENT|AI_)/.test(code): // EAI_AGAIN: a name server; ENOENT: a socket's file
    case /connection (terminated|ended|error)|timeout exceeded/i.test(message):
      return new FlywheelError('database-unavailable', 'The database does not answer', { cause: error })
    default:
      return null
  }
}
