import { type ErrorCode, type ErrorDetail, FlywheelError } from '../../contracts/errors.js'
import { asStorageError } from '../../contracts/storage-full.js'
import { performTask, type TaskName } from './tasks.js'

export interface TaskMessage {
  readonly id: number
  readonly name: TaskName
  readonly ask: unknown
}

export type AnswerMessage =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number
      readonly error: {
        /** Null for what nobody foresaw. */
        readonly code: ErrorCode | null
        readonly detail: string
        readonly errors: readonly ErrorDetail[]
        readonly remedy: string
      }
    }

/** Makes this process do the tasks that its parent sends, until the parent is gone. */
export function answerTasks(): void {
  process.on('disconnect', () => process.exit(0))
  process.on('message', ({ id, name, ask }: TaskMessage) => {
    const perform = performTask[name] as (ask: unknown) => Promise<unknown>
    perform(ask).then(
      (answer) => send({ id, answer }),
      (error: unknown) => send({ id, error: asMessage(error) }),
    )
  })
}

const send = (message: AnswerMessage): void => {
  process.send?.(message)
}

function asMessage(thrown: unknown): Extract<AnswerMessage, { error: unknown }>['error'] {
  const error = asStorageError(thrown)
  if (error instanceof FlywheelError) {
    const { code, message, errors, remedy } = error
    return { code, detail: message, errors, remedy }
  }
  return { code: null, detail: (error as Error).stack ?? String(error), errors: [], remedy: '' }
}
