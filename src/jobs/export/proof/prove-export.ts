import { fork } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FlywheelError } from '../../../contracts/errors.js'
import { nextFrom } from '../../parts/next-from.js'
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

/**
 * Writes an export's files into a folder of their own, and has a fresh process, which knows nothing of the version,
 * load them with the software that they are for. Its answers are compared with the version's.
 *
 * @param options.folder where there is room for the files; it may not be there yet
 * @throws FlywheelError job-failed when the files can not be loaded, or answer otherwise than the version
 */
export async function proveExport(
  { files, questions }: WrittenExport,
  { format, folder, flopsPerRow }: ProofArguments,
): Promise<Verified> {
  await mkdir(folder, { recursive: true })
  const own = await mkdtemp(join(folder, 'export-'))
  try {
    for (const { name, bytes } of files) {
      await mkdir(dirname(join(own, name)), { recursive: true })
      await writeFile(join(own, name), bytes)
    }
    return await compared(questions, { format, folder: own, flopsPerRow })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

async function compared(questions: WrittenExport['questions'], options: ProofArguments): Promise<Verified> {
  const child = fork(entry, [JSON.stringify(options)], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  try {
    const opened = await nextFrom<FromProof>(child, failed)
    let [rows, largestDifference] = [0, 0]
    for (const { expected, ...question } of questions) {
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
  } finally {
    child.kill('SIGKILL')
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
