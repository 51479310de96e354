import { fork } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FlywheelError } from '../../../contracts/errors.js'
import type { Artifacts } from '../../../contracts/job.js'
import { withTemporaryFolder } from '../../../registry/temporary-folder.js'
import { nextFrom } from '../../child-process/next-from.js'
import type { WrittenExport } from '../format.js'
import type { FromProof, ProofArguments, ToProof } from './messages.js'

const entry = fileURLToPath(new URL('../../../workers/export-proof.js', import.meta.url))

/** Absolute, and relative where answers are above 1. */
const tolerance = 1e-5

/** What a job's result says of the proof. */
export interface Verified {
  readonly rows: number
  /** Absolute, and relative where answers are above 1. */
  readonly largestDifference: number
  /** What has loaded the files in the fresh process, and its version. */
  readonly runtime: string
}

export interface ProofOptions extends Omit<ProofArguments, 'folder'> {
  /** Where the files are written, and what ends the proof early. */
  readonly context: { readonly artifacts: Pick<Artifacts, 'temporaryPath'>; readonly signal: AbortSignal }
}

/**
 * Writes an export's files into a folder of their own, and has a fresh process, which knows nothing of the version,
 * load them with the software that they are for. Its answers are compared with the version's.
 *
 * @throws FlywheelError job-failed when the files can not be loaded, or answer otherwise than the version; the signal's
 *   reason when it is aborted
 */
export async function proveExport(
  { files, questions }: WrittenExport,
  { context, ...asked }: ProofOptions,
): Promise<Verified> {
  const { signal } = context
  return withTemporaryFolder(context, async (folder) => {
    for (const { name, bytes } of files) {
      signal.throwIfAborted()
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), bytes)
    }
    signal.throwIfAborted()
    return compared(questions, { proof: { ...asked, folder }, signal })
  })
}

async function compared(
  questions: WrittenExport['questions'],
  { proof, signal }: { readonly proof: ProofArguments; readonly signal: AbortSignal },
): Promise<Verified> {
  const child = fork(entry, [JSON.stringify(proof)], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  try {
    const opened = await nextFrom<FromProof>(child, failed)
    let [rows, largestDifference] = [0, 0]
    for (const { expected, ...question } of questions) {
      signal.throwIfAborted()
      const answer = nextFrom<FromProof>(child, failed)
      child.send(question satisfies ToProof)
      const { outputs } = (await answer) as Extract<FromProof, { kind: 'answered' }>
      largestDifference = Math.max(largestDifference, differenceOf(outputs, expected))
      rows += question.rows
    }
    if (largestDifference > tolerance) {
      throw new FlywheelError('job-failed', `The exported model answers otherwise, by ${largestDifference}`, {
        remedy: `Expected at most ${tolerance} from the version’s own answers; export it in another format`,
      })
    }
    return { rows, largestDifference, runtime: (opened as Extract<FromProof, { kind: 'opened' }>).runtime }
  } catch (error) {
    // Of a process that was killed for it the end says nothing.
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', kill)
    kill()
  }
}

const failed = (reason: string): FlywheelError =>
  new FlywheelError('job-failed', `A fresh process can not use the exported model: ${reason}`)

function differenceOf(outputs: Float32Array, expected: Float32Array): number {
  if (outputs.length !== expected.length) return Number.POSITIVE_INFINITY
  return expected.reduce((largest, wanted, at) => {
    const difference = Math.abs((outputs[at] as number) - wanted) / Math.max(1, Math.abs(wanted))
    return Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
  }, 0)
}
