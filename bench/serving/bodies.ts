import { type Digit, toInstance } from '../../demo/digits.js'
import { seededNumbers } from '../../src/datasets/seeded-order.js'

/**
 * How rows are written for a server: `instances` and MLflow's `records` name the columns, the Open Inference Protocol's
 * tensors do not; `nothing` is for a route that takes none.
 */
export type BodyForm = 'instances' | 'records' | 'binary' | 'nothing'

/**
 * What numbers rows hold. `whole` ones, from 0 to 255, have short texts and their own fast paths in many readers; `general`
 * ones have 16 or 17 digits.
 */
export type Values = 'whole' | 'general'

/** The grey values from 0 to 1 with a little noise, the same at each time. */
export function generalDigits(digits: readonly Digit[]): readonly Digit[] {
  const noise = seededNumbers(3)
  return digits.map(({ label, pixels }) => ({
    label,
    pixels: pixels.map((value) => value / 255 + noise() / 1_000),
  }))
}

export interface Body {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const asJson = (value: unknown): Body => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
})

export function bodyOf(form: BodyForm, digits: readonly Digit[]): Body {
  if (form === 'nothing') return asJson({})
  if (form === 'instances') return asJson({ instances: digits.map(toInstance) })
  if (form === 'records') return asJson({ dataframe_records: digits.map(toInstance) })
  const tensor = Buffer.from(Float32Array.from(digits.flatMap(({ pixels }) => pixels)).buffer)
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'features',
          shape: [digits.length, 784],
          datatype: 'FP32',
          parameters: { binary_data_size: tensor.length },
        },
      ],
      parameters: { binary_data_output: true },
    }),
  )
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
    body: Buffer.concat([head, tensor]),
  }
}

/** The labels that a server answered, whatever form it has. */
export async function labelsIn(response: Response): Promise<readonly string[]> {
  const bytes = Buffer.from(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${bytes.subarray(0, 500)}`)
  const headBytes = response.headers.get('inference-header-content-length')
  if (headBytes !== null) return labelsInTensors(bytes, Number(headBytes))
  const answer = JSON.parse(bytes.toString()) as Labelled[] | { predictions: Labelled[] }
  return ('predictions' in answer ? answer.predictions : answer).map(({ label }) => String(label))
}

interface Labelled {
  readonly label: unknown
}

/** BYTES: each behind its length. */
function labelsInTensors(bytes: Buffer, headBytes: number): readonly string[] {
  const { outputs } = JSON.parse(bytes.toString('utf8', 0, headBytes)) as {
    outputs: { name: string; parameters: { binary_data_size: number } }[]
  }
  let at = headBytes
  for (const { name, parameters } of outputs) {
    const end = at + parameters.binary_data_size
    if (name === 'label') {
      const labels: string[] = []
      while (at < end) {
        const length = bytes.readUInt32LE(at)
        labels.push(bytes.toString('utf8', at + 4, at + 4 + length))
        at += 4 + length
      }
      return labels
    }
    at = end
  }
  throw new Error('an answer without labels')
}
