import type { AnswerTimes, RowOutputs } from '../messages.js'
import type { AnsweredPart, AnsweredRows } from './served-model.js'

/** The rows of one request that a run has answered. */
export interface RunAnswer extends AnsweredPart {
  readonly answered: AnsweredRows
}

/** One request's part of a batch's answer; of several runs' where it was too large for one. */
export class BatchedAnswer {
  readonly times: AnswerTimes
  readonly #runs: readonly RunAnswer[]

  /** @param runs in the order of the request's rows */
  constructor(runs: readonly RunAnswer[], times: AnswerTimes) {
    this.times = times
    this.#runs = runs
  }

  get rows(): number {
    return this.#runs.reduce((sum, { start, end }) => sum + end - start, 0)
  }

  get lines(): readonly string[] {
    const lines = this.#runs.map(({ answered, start, end }) => answered.lines(start, end))
    return lines.length === 1 ? (lines[0] as readonly string[]) : lines.flat()
  }

  get outputs(): RowOutputs {
    const outputs = this.#runs.map(({ answered, start, end }) => answered.outputs(start, end))
    return outputs.length === 1 ? (outputs[0] as RowOutputs) : joined(outputs)
  }
}

/** The runs of one version: all have classes, or none has, and all outputs are of one type. */
function joined(parts: readonly RowOutputs[]): RowOutputs {
  const length = parts.reduce((sum, { outputs }) => sum + outputs.length, 0)
  const isWide = parts.some(({ outputs }) => outputs instanceof Float64Array)
  const outputs = isWide ? new Float64Array(length) : new Float32Array(length)
  const classes = parts.flatMap((part) => (part.classes === null ? [] : [...part.classes]))
  let at = 0
  for (const part of parts) {
    outputs.set(part.outputs, at)
    at += part.outputs.length
  }
  return { outputs, classes: classes.length === 0 ? null : Int32Array.from(classes) }
}
