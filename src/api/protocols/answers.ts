import type { Label, Prediction } from '../../contracts/task.js'
import type { RowOutputs } from '../../serving/messages.js'
import type { Signature } from '../../serving/signature.js'

/** What a version has answered to one request: one answer for each row, in their order. */
export class Answers {
  /** [rows, units], row-major: probabilities in the order of the classes, or values. */
  readonly outputs: RowOutputs['outputs']
  /** [rows]: the class of each row; null for a regression. */
  readonly chosen: RowOutputs['classes']
  readonly #classes: readonly Label[]

  constructor({ outputs, classes }: RowOutputs, signature: Pick<Signature, 'classes'>) {
    this.outputs = outputs
    this.chosen = classes
    this.#classes = signature.classes
  }

  /** As `/predict` answers, without ids. */
  get predictions(): readonly Prediction[] {
    const { outputs, chosen } = this
    if (chosen === null) return Array.from(outputs, (value) => ({ value }))
    const names = this.#classes.map(String)
    return Array.from(chosen, (chosenClass, row) => ({
      label: this.#classes[chosenClass] as Label,
      probabilities: Object.fromEntries(
        names.map((name, unit) => [name, outputs[row * names.length + unit] as number]),
      ),
    }))
  }
}
