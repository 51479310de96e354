import { type Static, Type } from 'typebox'
import type { BytesColumn, TensorColumn } from '../contracts/table.js'
import { type Transform, UnusableValue } from '../contracts/transform.js'
import { decodeImage, type ImageForm, UnreadableImage } from '../datasets/images/decode-image.js'
import { inOrder } from '../datasets/images/in-order.js'
import { chooseSize, isAllGrey } from './images/choose-form.js'

const side = (description: string) =>
  Type.Union([Type.Integer({ minimum: 1, maximum: 1024 }), Type.Null()], { default: null, description })

const Options = Type.Object(
  {
    width: side('In pixels; null: by the training images, see the summary'),
    height: side('In pixels; null: by the training images, see the summary'),
    fit: Type.Enum(['cover', 'contain', 'fill'], {
      default: 'cover',
      description:
        'How an image of another shape becomes that size: cover cuts its longer edges, contain puts black beside it, fill stretches it',
    }),
    crop: Type.Number({
      default: 1,
      minimum: 0.1,
      maximum: 1,
      description: 'Share of width and height that is kept, in the middle, before the image gets its size',
    }),
    channels: Type.Enum(['auto', 'grey', 'rgb'], {
      default: 'auto',
      description: 'auto: grey where every training image is grey, else rgb',
    }),
    divideBy: Type.Number({
      default: 255,
      exclusiveMinimum: 0,
      maximum: 1e6,
      description: 'Of the values 0 to 255; 255 makes them 0 to 1',
    }),
    normalise: Type.Enum(['none', 'standard'], {
      default: 'none',
      description: 'standard: each channel gets the mean 0 and the deviation 1 over the training images',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface FittedImage extends Pick<ImageForm, 'width' | 'height' | 'channels'> {
  /** For each channel, applied to 0 to 255: (value − subtract) / divideBy. */
  readonly subtract: readonly number[]
  readonly divideBy: readonly number[]
}
type State = readonly FittedImage[]

/** Below this a channel counts as constant: half a step of 255. */
const LEAST_DEVIATION = 0.5

const image = {
  name: 'image',
  summary:
    'Decodes images to blocks of numbers [height, width, channels]: turned as their EXIF orientation says, resized, transparent ' +
    'parts on white. Without a size, the most frequent one of the training images where both sides are at most 64 ' +
    'pixels, else 64×64. Damaged images are refused by name; a missing image has no value.',
  options: Options,
  accepts: 'bytes',
  async fit(columns, options) {
    const fitted: FittedImage[] = []
    for (const column of columns) fitted.push(await fitColumn(column, options))
    return fitted
  },
  async apply(columns, state, options) {
    const decoded: TensorColumn[] = []
    for (const [index, column] of columns.entries()) {
      decoded.push(await decodeColumn(column, state[index] as FittedImage, options))
    }
    return decoded
  },
} satisfies Transform<Options, State, BytesColumn>
export default image

async function fitColumn(column: BytesColumn, options: Options): Promise<FittedImage> {
  const files = column.values.filter((file) => file !== null)
  const usual = chooseSize(files)
  const { width, height } = { width: options.width ?? usual.width, height: options.height ?? usual.height }
  const isGrey = options.channels === 'auto' ? await isAllGrey(files) : options.channels === 'grey'
  const size = { width, height, channels: isGrey ? 1 : 3 } as const
  const same = (value: number): number[] => new Array<number>(size.channels).fill(value)
  if (options.normalise === 'none') return { ...size, subtract: same(0), divideBy: same(options.divideBy) }
  return { ...size, ...(await momentsOf(column, { ...size, fit: options.fit, crop: options.crop })) }
}

/** Mean and deviation of each channel over all pixels, in 0 to 255. */
async function momentsOf(column: BytesColumn, form: ImageForm) {
  const { channels } = form
  const sums = new Float64Array(channels)
  const squares = new Float64Array(channels)
  let pixels = 0
  for await (const data of decodedFiles(column, form)) {
    if (data === null) continue
    pixels += data.length / channels
    for (let at = 0; at < data.length; at++) {
      const [value, channel] = [data[at] as number, at % channels]
      sums[channel] = (sums[channel] as number) + value
      squares[channel] = (squares[channel] as number) + value * value
    }
  }
  const means = Array.from(sums, (sum) => sum / Math.max(1, pixels))
  const deviations = means.map((mean, channel) =>
    Math.sqrt(Math.max(0, (squares[channel] as number) / Math.max(1, pixels) - mean * mean)),
  )
  return {
    subtract: means,
    divideBy: deviations.map((deviation) => (deviation < LEAST_DEVIATION ? 1 : deviation)),
  }
}

async function decodeColumn(
  column: BytesColumn,
  { width, height, channels, subtract, divideBy }: FittedImage,
  { fit, crop }: Options,
): Promise<TensorColumn> {
  const size = height * width * channels
  const values = new Float32Array(column.values.length * size)
  let start = 0
  for await (const data of decodedFiles(column, { width, height, channels, fit, crop })) {
    if (data === null) values.fill(Number.NaN, start, start + size)
    else
      for (let at = 0; at < size; at++) {
        const channel = at % channels
        values[start + at] =
          ((data[at] as number) - (subtract[channel] as number)) / (divideBy[channel] as number)
      }
    start += size
  }
  const { name } = column
  return { kind: 'tensor', name, rowKind: 'image', shape: [height, width, channels], values }
}

/** The pixels of each row's image in turn, null where it is missing; a few images are decoded at the same time. */
const decodedFiles = ({ name, values }: BytesColumn, form: ImageForm): AsyncGenerator<Uint8Array | null> =>
  inOrder(values, async (file, row) => (file === null ? null : decoded(file, { row, name, form })))

async function decoded(
  file: Uint8Array,
  { row, name, form }: { row: number; name: string; form: ImageForm },
): Promise<Uint8Array> {
  try {
    return await decodeImage(file, form)
  } catch (error) {
    if (!(error instanceof UnreadableImage)) throw error
    const received = `a damaged image (${error.message.slice(0, 200)})`
    throw new UnusableValue({ row, column: name, expected: 'a whole image', received, cause: error })
  }
}
