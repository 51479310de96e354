import type { ChildProcess } from 'node:child_process'

/**
 * The next message of a process that answers one question after the other.
 *
 * @param failed what is thrown where the process says that it has failed, or ends in place of an answer
 */
export function nextFrom<Message extends { readonly kind: string; readonly reason?: string }>(
  child: ChildProcess,
  failed: (reason: string) => Error,
): Promise<Exclude<Message, { readonly kind: 'failed' }>> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(failed(reason))
    const ended = (code: number | null, signal: string | null) => fail(signal ?? `it ended with code ${code}`)
    const broken = (error: Error) => fail(error.message)
    child.once('exit', ended).once('error', broken)
    child.once('message', (message: Message) => {
      child.off('exit', ended).off('error', broken)
      if (message.kind === 'failed') fail(message.reason ?? 'it says nothing')
      else resolve(message as Exclude<Message, { readonly kind: 'failed' }>)
    })
  })
}
