import type { Redis } from 'ioredis'
import { CANCEL_CHANNEL, cancelKey } from '../../queues.js'

export interface Cancellations {
  isCancelled(jobId: string): Promise<boolean>
  close(): void
}

/**
 * Hears which jobs are to be cancelled. A message that an outage has swallowed is made up for by the key
 * that stands beside it.
 *
 * @param running ids of the jobs that this worker runs
 */
export async function hearCancellations({
  redis,
  running,
  onCancel,
  onError,
}: {
  redis: Redis
  running: () => Iterable<string>
  onCancel: (jobId: string) => void
  onError: (error: Error) => void
}): Promise<Cancellations> {
  const isCancelled = async (jobId: string) => (await redis.exists(cancelKey(jobId))) === 1
  const subscriber = redis.duplicate()
  subscriber.on('error', onError)
  subscriber.on('message', (_channel, jobId) => onCancel(jobId))
  subscriber.on('ready', () => {
    for (const jobId of running()) {
      isCancelled(jobId).then((cancelled) => cancelled && onCancel(jobId), onError)
    }
  })
  await subscriber.subscribe(CANCEL_CHANNEL)
  return { isCancelled, close: () => subscriber.disconnect() }
}
