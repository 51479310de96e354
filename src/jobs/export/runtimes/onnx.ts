import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env, InferenceSession, Tensor } from 'onnxruntime-node'
import type { WrittenModel } from '../describe/described-files.js'
import type { ExportRuntime, Values } from '../format.js'

const runtime: ExportRuntime = {
  name: 'onnx',
  async open({ folder }) {
    const session = await InferenceSession.create(join(folder, 'model.onnx'), { logSeverityLevel: 3 })
    const { model } = JSON.parse(await readFile(join(folder, 'transforms.json'), 'utf8')) as {
      model: WrittenModel
    }
    const { input, output } = model
    return {
      runtime: `ONNX Runtime ${env.versions.node ?? env.versions.common}`,
      async ask({ rows, inputs }) {
        const numbers: Values | undefined = inputs[input.name]
        const x = new Tensor('float32', numbers as Float32Array, [rows, ...input.shape])
        const { [output.name]: y } = await session.run({ [input.name]: x })
        return y?.data as Float32Array
      },
    }
  },
}
export default runtime
