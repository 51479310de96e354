import type { Servable } from '../../serving/servable.js'

/** What is in the archive and how to use it, for people who do not know Flywheel. */
export function readmeOf({ name, servable }: { name: string; servable: Servable }): string {
  const { manifest, signature, task } = servable
  const isClassification = task.kind === 'classification'
  const width = manifest.networkColumns.length
  return `# ${name}

A ${task.name} model for the column \`${manifest.target}\`, for TensorFlow.js.

| file | holds |
|---|---|
| \`model.json\`, \`weights.bin\` | a layers model: ${width} numbers in, ${isClassification ? `${signature.classes.length} probabilities` : 'the value'} out |
| \`transforms.json\` | how ${signature.inputs.length} columns become those ${width} numbers |
| \`labels.json\` | ${isClassification ? 'the classes, in the order of the probabilities' : 'what the value is'} |

\`\`\`js
import * as tf from '@tensorflow/tfjs'

const model = await tf.loadLayersModel('https://…/model.json')
const output = model.predict(tf.tensor2d([numbers])) // [rows, ${isClassification ? signature.classes.length : 1}]
\`\`\`

## From columns to numbers

Begin with the columns of \`inputs\`; booleans are 0 and 1. Apply the entries of \`transforms\` in their order. Each takes
its \`columns\` away and puts new ones in their place, \`state\` having one entry for each column:

- \`impute\`: a missing value becomes \`state.fill[i]\`. Where \`state.indicator[i]\` is true, a column
  \`<column>:missing\` is added: 1 where the value was missing, else 0.
- \`scale\`: \`(value − state.subtract[i]) / state.divideBy[i]\`.
- \`one-hot\`: for each category of \`state.encodings[i].categories\` a column \`<column>=<category>\`, 1 where the value is
  that category. Where \`other\` is true, \`<column>=(other)\` is 1 for all other values; where \`missing\` is true,
  \`<column>=(missing)\` is 1 for missing ones. Categories of numeric columns are the numbers as text.

Then take the columns of \`networkColumns\`, in that order.
`
}
