import { median } from '../statistics.js'
import { measureInTurn, ours, peer, table } from './in-turn.js'
import type { Row } from './row.js'

const barMicroseconds = 40

export const inference: Row = {
  name: 'inference',
  title: 'one row through the MLP, in process',
  async measure(conditions) {
    const { device } = conditions
    const { measured } = await measureInTurn(
      {
        Flywheel: () => ours(device, 'inference'),
        'tf.function in Python': () => peer(device, 'mlp_inference.py', 'tensorflow'),
        'JAX, jit': () => peer(device, 'mlp_inference.py', 'jax'),
      },
      conditions,
    )
    const own = median(measured.get('Flywheel') ?? [])
    const verdict = own <= barMicroseconds ? 'met' : '**missed**'
    return `The median of 3,000 calls, of each round. Bar: ${barMicroseconds} µs, ${verdict} with ${own.toFixed(0)} µs.

${table(measured, { bars: { 'tf.function in Python': 1 }, format: (value) => `${value.toFixed(0)} µs` })}`
  },
}
