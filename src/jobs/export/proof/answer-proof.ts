import { discover } from '../../../contracts/discovery.js'
import type { ExportRuntime, OpenContext, Question } from '../format.js'
import type { FromProof, ProofArguments } from './messages.js'

/** The work of a fresh process: opens an unpacked export and answers questions until it is left alone. */
export async function answerProof(
  { format, ...context }: ProofArguments,
  tensorflow: OpenContext['tensorflow'],
): Promise<void> {
  const tell = (message: FromProof) => process.send?.(message)
  const failed = (error: unknown) =>
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  try {
    const runtimes = await discover<ExportRuntime>(new URL('../runtimes/', import.meta.url))
    const runtime = runtimes.get(format)
    if (runtime === undefined) throw new TypeError(`there is no runtime for ${format}`)
    const opened = await runtime.open({ ...context, tensorflow })
    process.on('message', (question: Question) => {
      opened.ask(question).then((outputs) => tell({ kind: 'answered', outputs }), failed)
    })
    tell({ kind: 'opened', runtime: opened.runtime })
  } catch (error) {
    failed(error)
  }
}
