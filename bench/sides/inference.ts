import { compileNetwork } from '../../src/training/compiled-network.js'
import { say, smallNetwork, startOnDevice, waitForLine } from './start.js'

/* inference.js cpu|gpu: the median time of one row through 784-64-64-10, in microseconds, for each line on stdin. */
const calls = 3000
const { tf } = await startOnDevice()
const { family, head, ...network } = smallNetwork
const model = family.build({ tf, ...network, seed: 1 } as never)
const compiled = compileNetwork({ tf, model, head })
const row = Float32Array.from({ length: 784 }, (_, i) => Math.sin(i * i))

async function measure(): Promise<number> {
  const times = new Float64Array(calls)
  for (let i = 0; i < calls; i++) {
    const started = performance.now()
    await compiled.run(row, 1)
    times[i] = (performance.now() - started) * 1000
  }
  return times.toSorted()[calls / 2] as number
}

await measure()
say('ready')
for (;;) {
  waitForLine()
  say(await measure())
}
