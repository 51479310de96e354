import { fileURLToPath } from 'node:url'
import fp from 'fastify-plugin'
import { ReaderPool } from '../../datasets/process/reader-pool.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Reads datasets in processes of their own, started when they are needed. */
    readonly datasetReader: ReaderPool
  }
}

const entry = fileURLToPath(new URL('../../workers/dataset-reader.js', import.meta.url))

export default fp(
  async (app) => {
    const pool = new ReaderPool(entry)
    app.decorate('datasetReader', pool)
    app.addHook('onClose', async () => pool.close())
  },
  { name: 'dataset-reader' },
)
