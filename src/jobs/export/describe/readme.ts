import type { Input } from '../../../contracts/family.js'
import { sizeOfShape } from '../../../datasets/select-rows.js'
import type { Servable } from '../../../serving/servable.js'
import type { WrittenModel } from './described-files.js'

/** What a format's README says that those of other formats do not. */
export interface FormatText {
  /** The software that it is for. */
  readonly software: string
  /** The model's files, and what they are. */
  readonly files: readonly { readonly names: string; readonly holds: string }[]
  /** How to use it, in Markdown with code. */
  readonly usage: string
}

/** What is in the archive and how to use it, for people who do not know Flywheel. */
export function readmeOf({
  name,
  servable,
  model,
  steps: stepNames,
  notPortable,
  text,
}: {
  name: string
  servable: Servable
  model: WrittenModel
  /** The transforms of `transforms.json`. */
  steps: readonly string[]
  /** Those of them that need more than a browser has: then the archive has no code of them. */
  notPortable: readonly string[]
  text: FormatText
}): string {
  const { manifest, signature, task } = servable
  const isClassification = task.kind === 'classification'
  const { input, output } = model
  const width = sizeOfShape(input.shape)
  const isBlock = width !== manifest.networkColumns.length
  const steps = describedSteps(stepNames, { isCodeThere: notPortable.length === 0 })
  const answer = isClassification ? `${signature.classes.length} probabilities` : 'the value'
  const shape = `[rows, ${input.shape.join(', ')}]`
  const files = [
    ...text.files,
    {
      names: '`transforms.json`',
      holds: `how ${signature.inputs.length} columns become those ${width} numbers, and the model's input and output`,
    },
    {
      names: '`labels.json`',
      holds: isClassification ? 'the classes, in the order of the probabilities' : 'what the value is',
    },
    ...(notPortable.length > 0
      ? []
      : [
          {
            names: '`preprocess/`',
            holds:
              'Flywheel’s own code that turns columns into those numbers: JavaScript modules without dependencies',
          },
        ]),
  ]
  return `# ${name}

A ${task.name} model for the column \`${manifest.target}\`, for ${text.software}: ${elementsOf(input)} in, ${answer} out.

| file | holds |
|---|---|
${files.map(({ names, holds }) => `| ${names} | ${holds} |`).join('\n')}

${text.usage}

| | name | shape | |
|---|---|---|---|
| input | \`${input.name}\` | ${shape} | float32; \`numbers\` is one array, row after row, each in the order below |
| output | \`${output.name}\` | [rows, ${output.units}] | ${isClassification ? 'each row sums to 1' : `in the unit of \`${manifest.target}\``} |

${arithmetic(servable, model)}${answering(servable)}## From columns to numbers

${notPortable.length === 0 ? NO_HAND_WORK : handWork(notPortable)}

Begin with the columns of \`inputs\`; booleans are 0 and 1, texts are trimmed, and missing where they are empty or one of
\`missing\`. Apply the entries of \`transforms\` in their order. Each takes
its \`columns\` away and puts new ones in their place${steps === '' ? '' : `, \`state\` having one entry for each column:\n\n${steps}`}

Then take the columns of \`networkColumns\`, in that order${isBlock ? '' : input.shape.length > 1 ? `: they fill ${`[${input.shape.join(', ')}]`} row-major, the last dimension first` : ''}.
`
}

const elementsOf = ({ shape, tokens }: Input): string => {
  const width = sizeOfShape(shape)
  if (tokens === undefined) return `${width} numbers`
  const ids = `from 0 to ${tokens - 1}`
  return shape.length === 1
    ? `${width} token ids ${ids}`
    : `${width / 2} token ids ${ids}, then their ${width / 2} weights,`
}

const descriptions: Readonly<Record<string, string>> = {
  impute: `a missing value becomes \`state.fill[i]\`. Where \`state.indicator[i]\` is true, a column
  \`<column>:missing\` is added: 1 where the value was missing, else 0.`,
  scale: '`(value − state.subtract[i]) / state.divideBy[i]`.',
  'one-hot': `for each category of \`state.encodings[i].categories\` a column \`<column>=<category>\`, 1 where the value is
  that category. Where \`other\` is true, \`<column>=(other)\` is 1 for all other values; where \`missing\` is true,
  \`<column>=(missing)\` is 1 for missing ones. Categories of numeric columns are the numbers as text.`,
  'tf-idf': `\`state[i].length\` ids, then as many weights, each filled up with 0; all 0 for a missing text. The ids are the
  places of the text’s terms among the \`terms\` of \`state[i].parts\`, those of the second part after those of the first;
  terms that are not there are left out. A term weighs 1 + ln(how often it stands in the text), times its \`idf\`; then
  each part is divided by the square root of the sum of its squares. (So with the usual \`options\`; without
  \`sublinear\`, a term weighs how often it stands there; \`norm\` says by what a part is divided.) Terms of the analyzer
  \`word\` are the words of the text in small letters, \`/[\\p{L}\\p{N}\\p{M}_]{2,}/gu\`, and neighbours with a space between
  them, \`minWords\` to \`maxWords\` of them; those of \`char-wb\` are \`minCharacters\` to \`maxCharacters\` characters
  in a row of each piece between spaces, with a space put before and after it (a shorter piece once, as a whole);
  \`word-and-char-wb\` has both, in two parts. Of more terms than \`length\` those with the largest weights stay.`,
  tokenise: `\`state[i].length\` ids: the places of the text’s tokens among \`state[i].tokens\`, counted from 2; 1 for other
  tokens, and 0 to fill up, on the side that \`options.padding\` says.`,
}

/** One paragraph for each transform that the model has; what is not described is named all the same. */
const describedSteps = (names: readonly string[], { isCodeThere }: { isCodeThere: boolean }): string =>
  [...new Set(names)]
    .map((name) => {
      const usual = isCodeThere
        ? `what \`preprocess/transforms/${name}.js\` does in \`apply(columns, state, options)\`.`
        : 'as Flywheel’s docs/transforms.md says, with its `options` and `state`.'
      return `- \`${name}\`: ${descriptions[name] ?? usual}`
    })
    .join('\n')

const NO_HAND_WORK = `\`preprocess/index.js\` does all of this, as Flywheel’s predict does it. What follows says what it does, for
those who write it in another language.`

const handWork = (notPortable: readonly string[]): string =>
  `**You do this yourself**: ${notPortable.map((name) => `\`${name}\``).join(', ')} needs more than a browser has, so that no code for it is in
this archive.`

/** Of a version that computes with integers, what of that is in the files. */
function arithmetic({ manifest: { onnx } }: Servable, { format }: WrittenModel): string {
  if (onnx === undefined || !('int8' in onnx)) return ''
  const text =
    format === 'onnx'
      ? 'Its layers compute with 8-bit integers, as Flywheel’s own answers are computed.'
      : `These are the version’s weights as float32. Flywheel itself computes with 8-bit integers, and answered up to ${onnx.largestDifference.toPrecision(2)} otherwise on rows that it has learnt from; the ONNX export answers as Flywheel does.`
  return `## Arithmetic\n\n${text}\n\n`
}

/** What of the version's calibration is in the files, and what is not. */
function answering({ manifest, signature }: Servable): string {
  const { calibration } = manifest
  if (calibration === undefined) return ''
  const { temperature, threshold } = calibration
  const parts = [
    temperature === undefined
      ? ''
      : `The probabilities are calibrated: the temperature ${temperature} is part of the model.`,
    threshold === undefined
      ? ''
      : `The answer is \`${signature.classes[1]}\` where its probability is at least \`threshold\` of \`labels.json\`, ${threshold}, else \`${signature.classes[0]}\`.`,
    'Conformal sets and intervals are given by Flywheel alone; their scores are not in these files.',
  ]
  return `## From output to answer\n\n${parts.filter((part) => part !== '').join(' ')}\n\n`
}
