import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { FlywheelError } from '../../../contracts/errors.js'
import type { Artifacts } from '../../../contracts/job.js'
import type { ModelManifest } from '../../../contracts/model-manifest.js'
import { nextFrom } from '../../child-process/next-from.js'
import type { ProbeAnswer, ProbeRequest } from './messages.js'

const entry = fileURLToPath(new URL('../../../workers/memory-probe.js', import.meta.url))

/**
 * Bytes that a version adds to a fresh process which holds it as a predictor on a CPU does, after it has answered.
 *
 * @param options.features [rows, width], row-major: as many rows as the largest request has
 * @throws FlywheelError job-failed when the process can not open it
 */
export async function measureMemory(
  manifest: ModelManifest,
  { artifacts, features }: { readonly artifacts: Pick<Artifacts, 'path'>; readonly features: Float32Array },
): Promise<number> {
  const child = fork(entry, [], {
    serialization: 'advanced',
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  try {
    await nextFrom<ProbeAnswer>(child, failed)
    const { onnx, weights } = manifest
    const files = [weights, onnx].flatMap((each) => (each && 'sha256' in each ? [each.sha256] : []))
    const measured = nextFrom<ProbeAnswer>(child, failed)
    child.send({
      manifest,
      paths: Object.fromEntries(files.map((sha256) => [sha256, artifacts.path(sha256)])),
      features,
    } satisfies ProbeRequest)
    const answer = await measured
    if (answer.kind === 'measured') return answer.bytes
    throw failed('it answers nothing')
  } finally {
    child.kill('SIGKILL')
  }
}

const failed = (reason: string): FlywheelError =>
  new FlywheelError('job-failed', `A process that measures the version’s memory can not open it: ${reason}`)
