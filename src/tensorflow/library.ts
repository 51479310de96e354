import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FlywheelError } from '../contracts/errors.js'

const path = (folder: string, build: 'cpu' | 'gpu'): string =>
  join(folder, build, 'tensorflow', 'libtensorflow_cc.so.2')

/**
 * The TensorFlow library for a device: the CUDA build where it was installed and a GPU is not ruled out,
 * else the one for CPUs.
 *
 * @throws FlywheelError tensorflow-failed when it was not installed
 */
export function findLibrary({ folder, device }: { folder: string; device: 'auto' | 'cpu' | 'gpu' }): string {
  const builds = { auto: ['gpu', 'cpu'], cpu: ['cpu', 'gpu'], gpu: ['gpu'] } as const
  const candidates = builds[device].map((build) => path(folder, build))
  const found = candidates.find(existsSync)
  if (found === undefined) {
    throw new FlywheelError('tensorflow-failed', `No TensorFlow library in ${candidates.join(' or ')}`, {
      remedy: 'Run npm start: it installs the library',
    })
  }
  return found
}
