import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SavedSignature } from '../../../tensorflow/saved-model/encode-saved-model.js'
import type { WrittenModel } from '../describe/described-files.js'
import type { ExportRuntime, Question, Values } from '../format.js'

/** TensorFlow's own loader of SavedModels, in C++. */
const runtime: ExportRuntime = {
  name: 'savedmodel',
  async open({ folder, tensorflow }) {
    const tf = await tensorflow()
    const { openSavedModel } = await import('../../../tensorflow/saved-model/open-saved-model.js')
    const { nativeOf } = await import('../../../tensorflow/native.js')
    const { session, signatures } = openSavedModel(tf, join(folder, 'saved_model'))
    const { model } = JSON.parse(await readFile(join(folder, 'transforms.json'), 'utf8')) as {
      model: WrittenModel
    }
    const prepared = new Map(
      [...signatures].map(([name, { inputs, outputs }]) => {
        const call = {
          name,
          feeds: inputs.map(({ node }) => node),
          fetches: [outputs.find((output) => output.name === model.output.name)?.node as string],
        }
        return [name, session.prepare(call)] as const
      }),
    )
    return {
      runtime: `TensorFlow ${nativeOf(tf).c.TF_Version()}`,
      async ask(question) {
        const { inputs } = signatures.get(question.signature) as SavedSignature
        const answers = await prepared
          .get(question.signature)
          ?.runAside(inputs.map((input) => fed(input, question)))
        return answers?.[0] as Float32Array
      },
    }
  },
}
export default runtime

function fed({ name, dtype, shape }: SavedSignature['inputs'][number], { rows, inputs }: Question) {
  const values = inputs[name] as Values
  const given =
    dtype === STRING ? Array.from(values as readonly string[], (text) => Buffer.from(text)) : values
  return { dtype, shape: [rows, ...shape.slice(1)], values: given }
}

/** TensorFlow’s number of the type (tensorflow/c/tf_datatype.h). */
const STRING = 7
