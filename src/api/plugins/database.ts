import plugin from 'fastify-plugin'
import type { Database } from '../../registry/database/database.js'
import { openDatabase } from '../../registry/database/open-database.js'

declare module 'fastify' {
  interface FastifyInstance {
    readonly database: Database
  }
}

/** Opens the database for as long as the app lives. */
export default plugin(
  async (app) => {
    const database = await openDatabase({
      url: app.config.databaseUrl,
      folder: app.config.dataFolder,
      onError: (error) => app.log.error({ err: error }, 'the database connection broke'),
    })
    app.decorate('database', database)
    app.addHook('onClose', () => database.close())
  },
  { name: 'database' },
)
