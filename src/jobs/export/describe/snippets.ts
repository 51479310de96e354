import { sizeOfShape } from '../../../datasets/select-rows.js'
import type { Signature } from '../../../serving/signature.js'
import type { WrittenModel } from './described-files.js'
import { exampleInstance } from './example-instance.js'

interface Snippet {
  readonly signature: Signature
  /** Whether the archive has the code that turns columns into numbers. */
  readonly isPortable: boolean
  readonly model: WrittenModel
}

/** Code blocks of a README. */
export const block = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\``

/** Lines that leave `numbers` and `rows`, in a module of Node that stands beside the files. */
export function numbersInNode({ signature, isPortable, model }: Snippet): string {
  if (!isPortable) {
    return `const rows = 1
const numbers = new Float32Array(rows * ${sizeOfShape(model.input.shape)}) // see “From columns to numbers”`
  }
  return `import { readFileSync } from 'node:fs'
import { preprocessor } from './preprocess/index.js'

const described = JSON.parse(readFileSync('transforms.json', 'utf8'))
const instances = [${JSON.stringify(exampleInstance(signature))}]
const numbers = await preprocessor(described)(instances)
const rows = instances.length`
}

/** Lines of Python that leave `numbers`, [rows, …]. */
export const numbersInPython = ({ model }: Pick<Snippet, 'model'>): string =>
  `rows = 1
numbers = np.zeros([rows, ${model.input.shape.join(', ')}], np.float32)  # see “From columns to numbers”`

/** Lines of Python that print the answers of `output`, [rows, units]. */
export const answersInPython = ({ signature }: Pick<Snippet, 'signature'>): string =>
  signature.classes.length === 0
    ? 'print(output[:, 0])'
    : `classes = json.load(open("labels.json", encoding="utf-8"))["classes"]
print([(classes[best], float(row[best])) for row in output for best in [row.argmax()]])`
