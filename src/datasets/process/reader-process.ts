import { type ChildProcess, fork } from 'node:child_process'
import { FlywheelError } from '../../contracts/errors.js'
import type { AnswerMessage, TaskMessage } from './answer-tasks.js'
import type { ReaderTasks, TaskName } from './tasks.js'

/** One process that reads datasets, from its start to its end; it does one task at a time. */
export class ReaderProcess {
  readonly #child: ChildProcess
  #pending: { resolve: (answer: unknown) => void; reject: (error: unknown) => void } | null = null
  #hasEnded = false

  /** @param entry path of a JavaScript file that calls `answerTasks` */
  constructor(entry: string) {
    this.#child = fork(entry, [], {
      serialization: 'advanced',
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', (message) => this.#settle(message as AnswerMessage))
    this.#child.once('error', (error) => this.#end(error.message))
    this.#child.once('exit', (code, signal) => this.#end(signal ?? `exit code ${code}`))
  }

  get isAlive(): boolean {
    return !this.#hasEnded
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** @throws FlywheelError of the task; internal when the process ends before it has answered */
  ask<Name extends TaskName>(
    name: Name,
    ask: ReaderTasks[Name]['ask'],
  ): Promise<ReaderTasks[Name]['answer']> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(ended('before it was asked'))
      this.#pending = { resolve: resolve as (answer: unknown) => void, reject }
      const message: TaskMessage = { id: 1, name, ask }
      this.#child.send(message, (error) => error && this.#end(error.message))
    })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** While it has nothing to do it keeps nobody from ending. */
  rest(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  wake(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  #settle(message: AnswerMessage): void {
    const pending = this.#pending
    this.#pending = null
    if ('answer' in message) pending?.resolve(message.answer)
    else pending?.reject(asError(message.error))
  }

  #end(how: string): void {
    this.#hasEnded = true
    this.#pending?.reject(ended(how))
    this.#pending = null
  }
}

const ended = (how: string): FlywheelError =>
  new FlywheelError('internal', 'The process that reads datasets ended', {
    cause: new Error(how),
    remedy: 'Try again; if it happens again, split the file and append the rest',
  })

function asError({
  code,
  detail,
  errors,
  remedy,
}: Extract<AnswerMessage, { error: unknown }>['error']): Error {
  return code === null ? new Error(detail) : new FlywheelError(code, detail, { errors, remedy })
}
