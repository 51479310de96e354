import type { AnswerTimes, RowOutputs } from '../messages.js'
import type { AnsweredRows } from './served-model.js'

/** One request's part of a batch's answer. */
export class BatchedAnswer {
  readonly times: AnswerTimes
  readonly #answered: AnsweredRows
  readonly #start: number
  readonly #end: number

  constructor(
    answered: AnsweredRows,
    { start, end, times }: { start: number; end: number; times: AnswerTimes },
  ) {
    this.times = times
    this.#answered = answered
    this.#start = start
    this.#end = end
  }

  get rows(): number {
    return this.#end - this.#start
  }

  get lines(): readonly string[] {
    return this.#answered.lines(this.#start, this.#end)
  }

  get outputs(): RowOutputs {
    return this.#answered.outputs(this.#start, this.#end)
  }
}
