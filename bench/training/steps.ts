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

/** Trains through `train` with the family, and through each peer; shown by step, or by epoch. */
function training(
  name: string,
  { title, work, bars, by = 'step' }: { title: string; work: Work; bars: Bars; by?: 'step' | 'epoch' },
): Row {
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
      return `Time of one ${by}, in epochs of ${steps.toLocaleString('en')} steps; batch ${work.batchSize}, Adam; ${size}.

${table(measured, { bars, format })}`
    },
  }
}

export const trainingRows: readonly Row[] = [
  training('mlp', {
    title: 'MLP 784-64-64-10 on 48,000 rows',
    work: mlp,
    by: 'epoch',
    bars: { [jax]: 1.1, [torch]: 0.5, [keras]: 0.2, [fit]: 0.05 },
  }),
  ...[32, 128].map((batch) =>
    training(`cnn-${batch}`, {
      title: `CNN on 28×28, batch ${batch}`,
      work: cnn(batch),
      bars: { [keras]: 0.7, [torch]: 0.8 },
    }),
  ),
  ...[32, 128].map((batch) =>
    training(`resnet-${batch}`, {
      title: `ResNet-20 on 32×32, batch ${batch}`,
      work: resnet(batch),
      bars: { [keras]: 0.75, [torch]: 1.05 },
    }),
  ),
  training('transformer', {
    title: 'transformer encoder, 4 blocks, width 128, length 128',
    work: transformer,
    bars: { [keras]: 0.7, [torch]: 1.1 },
  }),
  training('lstm', {
    title: 'LSTM, width 128, length 200',
    work: lstm,
    bars: { [keras]: 0.5, [torch]: 0.8 },
  }),
]
