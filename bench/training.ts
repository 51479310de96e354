// Training and inference beside the Python peers, interleaved on the same machine; writes docs/benchmarks.md.
import { existsSync } from 'node:fs'
import { loadavg } from 'node:os'
import { machine, writeSection } from './page.js'
import { growth } from './training/growth.js'
import { inference } from './training/inference.js'
import { publishingRows } from './training/published.js'
import type { BenchDevice } from './training/row.js'
import { trainingRows } from './training/steps.js'

/*
 * training.js [repetitions] [row…]: by default 5 times, and all rows. Each row replaces its own section of the page.
 */
const all = [...trainingRows, inference, ...publishingRows, growth]
const [repetitions = '5', ...names] = process.argv.slice(2)
const unknown = names.filter((name) => !all.some((row) => row.name === name))
if (!/^[1-9]\d*$/.test(repetitions) || unknown.length > 0) {
  const given = process.argv.slice(2).join(' ')
  const known = all.map(({ name }) => name).join(', ')
  process.stderr.write(`expected how many repetitions, and rows out of ${known}; received ${given}\n`)
  process.exit(2)
}
const hasGpu = existsSync('/dev/nvidia0')
const devices: readonly BenchDevice[] = hasGpu ? ['cpu', 'gpu'] : ['cpu']
const gpu = hasGpu
  ? 'The rows are measured on CPU, and once more on the GPU.'
  : 'No NVIDIA GPU was present; where one is, each row is measured on it as well.'

await writeSection(
  'Training and inference',
  `\`npm run bench:training\` installs the peers into a virtual environment of its own and measures all sides in turn, 5
times, each in a process that is warm; \`npm run bench:training -- 9 mlp lstm\` measures those rows, 9 times. A ratio is
the median over the rounds; beside it that of the smallest values, which the load of a shared machine changes least.
TensorFlow 2.21 on Flywheel's side and on Keras's. All sides have the same network, data of the same size, shuffled in
each epoch, and Adam with a rate of 0.001. PyTorch runs eagerly, with channels last, fused Adam and as many threads as
are fastest; JAX calls one jitted function for an epoch, for convolutions one for a step.
${gpu}`,
)
for (const device of devices) {
  for (const row of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
    try {
      // What others do: on a busy machine a side with more threads gets more of the cores.
      const load = `load ${(loadavg()[0] as number).toFixed(1)} before it`
      const text = await row.measure({ repetitions: Number(repetitions), device })
      const rounds = row.isMeasuredOnce ? '' : `${repetitions} rounds, `
      const conditions = `${rounds}${new Date().toISOString().slice(0, 10)}, ${load}. ${machine()}`
      await writeSection(`${device === 'gpu' ? 'GPU' : 'Training'}: ${row.title}`, `${text}\n\n${conditions}`)
    } catch (error) {
      // The other rows go on.
      process.exitCode = 1
      process.stderr.write(`${row.name} on ${device}: ${(error as Error).stack}\n`)
    }
  }
}
