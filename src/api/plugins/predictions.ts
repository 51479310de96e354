import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'
import { findBlocks, insertBlock } from '../../registry/prediction-blocks.js'
import { PredictionKeeper } from '../../serving/kept/keeper.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Predictions that were answered, by id, for feedback that comes later. */
    readonly predictions: PredictionKeeper
  }
}

/** Keeps what predict has answered, behind the answers. */
export default fp(
  async (app) => {
    const { db } = app.database
    const predictions = new PredictionKeeper({
      store: { insert: (block) => insertBlock(db, block), find: (ids) => findBlocks(db, ids) },
      onError: (error) => app.log.warn({ err: error }, 'kept predictions could not be written'),
    })
    app.decorate('predictions', predictions)
    app.addHook('onClose', () => predictions.close())

    const registers = [app.metrics]
    new Gauge({
      name: 'flywheel_predictions_kept',
      help: 'Predictions since the start by what became of them; only "kept" have an id',
      labelNames: ['outcome'],
      registers,
      collect() {
        const { waitingBytes: _, ...counts } = predictions.counts
        for (const [outcome, rows] of Object.entries(counts)) this.set({ outcome }, rows)
      },
    })
    new Gauge({
      name: 'flywheel_predictions_waiting_bytes',
      help: 'Memory of kept predictions that are not written yet',
      registers,
      collect() {
        this.set(predictions.counts.waitingBytes)
      },
    })
  },
  { name: 'predictions', dependencies: ['database', 'metrics'] },
)
