import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'
import { StandingQueue } from '../standing-queue.js'

/**
 * Refuses predict requests before their bodies are read while more come than can be answered: reading them is most of
 * what they cost, so that refusals come at once and what was taken is answered.
 */
export default fp(
  async (app) => {
    const queue = new StandingQueue()
    const turn = { startedAt: 0, lastMs: 0, isOpen: false }

    /** @returns milliseconds of the event loop's turn: the last one, or this one so far where that is more */
    function turnMs(now: number): number {
      if (!turn.isOpen) {
        turn.isOpen = true
        turn.startedAt = now
        setImmediate(() => {
          turn.isOpen = false
          turn.lastMs = performance.now() - turn.startedAt
        })
      }
      return Math.max(turn.lastMs, now - turn.startedAt)
    }

    app.addHook('onRequest', ({ method, routeOptions }, reply, done) => {
      if (method !== 'POST' || routeOptions.config.scope !== 'predict') return done()
      const now = performance.now()
      if (queue.enter({ now, turnMs: turnMs(now) })) {
        const detail = `${queue.underway} requests are underway, and more come than can be answered`
        throw new FlywheelError('overloaded', detail, { retryAfterSeconds: 1 })
      }
      reply.raw.once('close', () => queue.leave())
      done()
    })
  },
  { name: 'overload', dependencies: ['errors'] },
)
