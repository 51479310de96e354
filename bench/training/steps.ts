import { measureInTurn, ours, peer, table } from './in-turn.js'
import type { Row } from './row.js'
import { cnn, lstm, mlp, resnet, transformer, type Work } from './works.js'

const [jax, torch, keras, fit] = [
  'JAX, jit',
  'PyTorch, fused Adam',
  'Keras',
  'tfjs model.fit on our eager backend',
] as const
type Bars = Readonly<Partial<Record<typeof jax | typeof torch | typeof keras | typeof fit, number>>>

interface TrainingRow {
  readonly title: string
  readonly work: Work
  readonly bars: Bars
  readonly by?: 'step' | 'epoch'
  /** Where our time goes: printed where a bar is missed. Shares are of TensorFlow's own trace of one call. */
  readonly profile?: string
}

/** Trains through `train` with the family, and through each peer; shown by step, or by epoch. */
function training(name: string, { title, work, bars, by = 'step', profile }: TrainingRow): Row {
  const steps = work.rows / work.batchSize
  return {
    name,
    title,
    async measure(conditions) {
      const { device } = conditions
      const json = JSON.stringify(work)
      const { measured, parameters } = await measureInTurn(
        {
          Flywheel: () => ours(device, 'epochs', 'compiled', json),
          [jax]: () => peer(device, 'epochs.py', 'jax', json),
          [torch]: () => peer(device, 'epochs.py', 'torch', json),
          [keras]: () => peer(device, 'epochs.py', 'keras', json),
          ...(fit in bars ? { [fit]: () => ours(device, 'epochs', 'fit', json) } : {}),
        },
        conditions,
      )
      const format = (seconds: number) =>
        by === 'epoch' ? `${seconds.toFixed(2)} s` : `${((seconds * 1000) / steps).toFixed(2)} ms`
      const size = `${parameters?.toLocaleString('en')} trainable parameters on all sides`
      const compared = table(measured, { bars, format })
      const why = profile !== undefined && compared.includes('missed') ? `\n\n${profile}` : ''
      return `Time of one ${by}, in epochs of ${steps.toLocaleString('en')} steps; batch ${work.batchSize}, Adam; ${size}.

${compared}${why}`
    },
  }
}

export const trainingRows: readonly Row[] = [
  training('mlp', {
    title: 'MLP 784-64-64-10 on 48,000 rows',
    work: mlp,
    by: 'epoch',
    bars: { [jax]: 1.1, [torch]: 0.5, [keras]: 0.2, [fit]: 0.05 },
    profile: `What the profile shows: a call is one operation that XLA compiled, with all its steps in it, and takes as long as JAX's
scan over the same steps. The eager side has our kernels too for products, biases, ReLU and cross-entropy.`,
  }),
  ...[32, 128].map((batch) =>
    training(`cnn-${batch}`, {
      title: `CNN on 28×28, batch ${batch}`,
      work: cnn(batch),
      bars: { [keras]: 0.7, [torch]: 0.8 },
      profile: `What the profile shows (batch 128): 71 % of the time is in oneDNN's convolutions (forward 25, gradients by kernels
24, by inputs 21 %), 13 % in its max pooling and 9 % in products: the same library that Keras calls. The rest, in which
the sides differ, is 7 %: Adam 2, ReLU and its gradient 2.5, fetching the rows 0.5.`,
    }),
  ),
  ...[32, 128].map((batch) =>
    training(`resnet-${batch}`, {
      title: `ResNet-20 on 32×32, batch ${batch}`,
      work: resnet(batch),
      bars: { [keras]: 0.75, [torch]: 1.05 },
      profile: `What the profile shows (batch 32): 79 % of the time is in oneDNN's convolutions (gradients by kernels 38, by inputs
24, forward 18 %), which PyTorch calls as well, 10 % in batch normalisation, 4 % in adding shortcuts and 2 % in 65
updates of Adam. In 95 % of a step some
operation runs, 1.4 of them on average.`,
    }),
  ),
  training('transformer', {
    title: 'transformer encoder, 4 blocks, width 128, length 128',
    work: transformer,
    bars: { [keras]: 0.7, [torch]: 1.1 },
    profile: `What the profile shows (as a graph): 66 % of the time is in oneDNN's products of 4,096 rows by 128 to 512 columns,
which all sides call, 14 % in the batched ones of attention. Some 20 % are passes over memory: normalisations,
residuals, biases, ReLU, softmax, heads that are laid out anew. XLA joins those,
but takes 12 % more processor time in all.`,
  }),
  training('lstm', {
    title: 'LSTM, width 128, length 200',
    work: lstm,
    bars: { [keras]: 0.5, [torch]: 0.8 },
  }),
]
