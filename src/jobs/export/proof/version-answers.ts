import type { Input, Shapes } from '../../../contracts/family.js'
import { answersByOnnxForm, weightsOf } from '../../../contracts/model-manifest.js'
import { readStored } from '../../../contracts/stored-blob.js'
import { seededNumbers } from '../../../datasets/seeded-order.js'
import { sizeOfShape } from '../../../datasets/select-rows.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import type { NetworkRunner } from '../../../evaluation/stored-model.js'
import { forwardRows } from '../../../training/forward-rows.js'
import { loadNetwork } from '../../../training/network.js'
import { openNetwork } from '../../../training/open-network.js'
import { openOnnxForm } from '../../evaluate/open-onnx-form.js'
import type { ExportedVersion, ProofQuestion, Values } from '../format.js'

/** So many rows are compared before an export is offered. */
export const proofRows = 256
const firstParts = [1, 7]

/** The network's numbers for rows → its answers, [rows, units], after the head's activation and scale. */
export type Answer = (numbers: Float32Array, rows: number) => Promise<Float32Array>

type Asked = Pick<ExportedVersion, 'tf' | 'family' | 'servable' | 'artifacts'>

/** Has something ask the version as it answers: what is exported is what is served. */
export function withVersion<Result>(
  version: Asked,
  ask: (answer: Answer) => Promise<Result>,
): Promise<Result> {
  const { manifest } = version.servable
  if (!answersByOnnxForm(manifest)) return withWeights(version, ask)
  return withNetwork(version, { ask, open: () => openOnnxForm(manifest, version.artifacts) })
}

/** Has something ask the network of the version's weights, in floats: for formats that hold the weights. */
export const withWeights = <Result>(
  version: Asked,
  ask: (answer: Answer) => Promise<Result>,
): Promise<Result> => withNetwork(version, { ask, open: () => openWeights(version) })

async function withNetwork<Result>(
  { servable: { manifest, task } }: Asked,
  {
    ask,
    open,
  }: {
    readonly ask: (answer: Answer) => Promise<Result>
    readonly open: () => Promise<NetworkRunner>
  },
): Promise<Result> {
  const network = await open()
  const { multiply, add } = servedHead(task, manifest).scale ?? { multiply: 1, add: 0 }
  try {
    return await ask(async (numbers, rows) =>
      (await network.run(numbers, rows)).map((value) => value * multiply + add),
    )
  } finally {
    network.dispose()
  }
}

async function openWeights({ tf, family, artifacts, servable }: Asked): Promise<NetworkRunner> {
  const { manifest, task } = servable
  const bytes = await readStored(artifacts, weightsOf(manifest, 'to be compared with'))
  return openNetwork({
    tf,
    model: loadNetwork({ tf, family, manifest, bytes }),
    head: servedHead(task, manifest),
  })
}

/**
 * Questions for the network: 256 rows drawn evenly from −2 to 2 or from the tokens.
 *
 * @param options.input by the name that it has in the export
 */
export async function networkQuestions(
  version: ExportedVersion,
  answer: Answer,
  { input, signature }: { input: Input; signature: string },
): Promise<ProofQuestion[]> {
  const numbers = drawnRows(input, { rows: proofRows, seed: 1 })
  const expected = await answer(numbers, proofRows)
  return inParts(version, { signature, rows: proofRows, inputs: { [input.name]: numbers }, expected })
}

/** A question as several: one row, seven, and the others, as many at once as need little memory in the network. */
export function inParts({ family, servable }: ExportedVersion, question: ProofQuestion): ProofQuestion[] {
  const { shapes, family: stored } = servable.manifest
  const plan = family.plan(shapes as Shapes, stored.hyperparameters as never)
  const atOnce = forwardRows(Math.max(1, plan.activationBytesPerRow))
  const { signature, rows, inputs, expected } = question
  const parts: ProofQuestion[] = []
  for (let start = 0; start < rows; ) {
    const count = Math.min(firstParts[parts.length] ?? rows, atOnce, rows - start)
    const part = <Of extends Values>(values: Of): Of => {
      const width = values.length / rows
      return values.slice(start * width, (start + count) * width) as Of
    }
    parts.push({
      signature,
      rows: count,
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, part(values)])),
      expected: part(expected),
    })
    start += count
  }
  return parts
}

function drawnRows({ shape, tokens }: Input, { rows, seed }: { rows: number; seed: number }): Float32Array {
  const random = seededNumbers(seed)
  return Float32Array.from({ length: rows * sizeOfShape(shape) }, () =>
    tokens === undefined ? 4 * random() - 2 : Math.floor(tokens * random()),
  )
}
