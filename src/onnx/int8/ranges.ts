import { InferenceSession, Tensor } from 'onnxruntime-node'
import { encodeModel, type OnnxModel } from '../model-proto.js'
import { onnxPorts } from '../ports.js'

/** Rows that a network is watched with. */
export interface CalibrationRows {
  /** [rows, width], row-major */
  readonly features: Float32Array
  /** Of one row. */
  readonly shape: readonly number[]
}

/** What a tensor's numbers were like on all rows. */
export interface Observed {
  readonly low: number
  readonly high: number
  /** Of its shape, the rows included. */
  readonly rank: number
}

const rowsAtOnce = 50
/** Bins between the smallest and the largest number. */
const BINS = 4096

/**
 * Runs a model with rows, and says in which range each of the named tensors stays.
 *
 * @param options.percentile share of the numbers in percent that the range holds, as much being cut off at each end of it;
 * 100: all of them
 */
export async function observeRanges(
  model: OnnxModel,
  {
    names,
    rows,
    percentile,
  }: { readonly names: readonly string[]; readonly rows: CalibrationRows; readonly percentile: number },
): Promise<Map<string, Observed>> {
  const outputs = names.filter((name) => name !== onnxPorts.input).map((name) => ({ name }))
  const session = await InferenceSession.create(
    encodeModel({ ...model, outputs: [...model.outputs, ...outputs] }),
    { logSeverityLevel: 3 },
  )
  try {
    const extremes = new Map<string, Observed>()
    await eachBlock(session, { names, rows }, (name, { values, rank }) => {
      const { low, high } = extremes.get(name) ?? { low: Infinity, high: -Infinity }
      extremes.set(name, { ...widened(values, { low, high }), rank })
    })
    if (percentile === 100) return extremes
    const counts = new Map([...extremes.keys()].map((name) => [name, new Float64Array(BINS)]))
    await eachBlock(session, { names, rows }, (name, { values }) => {
      count(values, { range: extremes.get(name) as Observed, counts: counts.get(name) as Float64Array })
    })
    return new Map(
      [...extremes].map(([name, range]) => [
        name,
        cut(range, { counts: counts.get(name) as Float64Array, percentile }),
      ]),
    )
  } finally {
    await session.release()
  }
}

interface Block {
  readonly values: Float32Array
  readonly rank: number
}

async function eachBlock(
  session: InferenceSession,
  { names, rows: { features, shape } }: { readonly names: readonly string[]; readonly rows: CalibrationRows },
  see: (name: string, block: Block) => void,
): Promise<void> {
  const width = shape.reduce((product, size) => product * size, 1)
  const rows = features.length / width
  for (let start = 0; start < rows; start += rowsAtOnce) {
    const end = Math.min(start + rowsAtOnce, rows)
    const values = features.subarray(start * width, end * width)
    const input = new Tensor('float32', values, [end - start, ...shape])
    const answers = await session.run({ [onnxPorts.input]: input })
    for (const name of names) {
      const { data, dims } = name === onnxPorts.input ? input : (answers[name] as Tensor)
      see(name, { values: data as Float32Array, rank: dims.length })
    }
  }
}

function widened(values: Float32Array, { low, high }: { low: number; high: number }) {
  let [least, most] = [low, high]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return { low: least, high: most }
}

function count(
  values: Float32Array,
  { range: { low, high }, counts }: { range: Observed; counts: Float64Array },
): void {
  const scale = high > low ? (BINS - 1) / (high - low) : 0
  for (const value of values) {
    const bin = Math.floor((value - low) * scale)
    counts[bin] = (counts[bin] as number) + 1
  }
}

/** What holds the share in the middle: an end that many numbers stand at, such as a ReLU's 0, stays. */
function cut(
  { low, high, rank }: Observed,
  { counts, percentile }: { readonly counts: Float64Array; readonly percentile: number },
): Observed {
  const all = counts.reduce((sum, each) => sum + each, 0)
  const outside = ((1 - percentile / 100) / 2) * all
  const width = (high - low) / (BINS - 1)
  let [first, below] = [0, counts[0] as number]
  while (first < BINS - 1 && below <= outside) below += counts[++first] as number
  let [last, above] = [BINS - 1, counts[BINS - 1] as number]
  while (last > first && above <= outside) above += counts[--last] as number
  return { low: low + first * width, high: Math.min(high, low + (last + 1) * width), rank }
}
