import { sql } from 'drizzle-orm'
import fp from 'fastify-plugin'

export interface PartHealth {
  readonly ready: boolean
  /** What is wrong, or worth knowing, in one sentence. */
  readonly reason?: string
}

/** Looks at one part; throwing means that it is not ready. */
export type HealthCheck = () => Promise<PartHealth> | PartHealth

declare module 'fastify' {
  interface FastifyInstance {
    /** By the part's name; the plugin that owns a part adds its check. `/readyz` asks them all. */
    readonly healthChecks: Map<string, HealthCheck>
  }
}

/** Where each part says whether it is ready. */
export default fp(
  async (app) => {
    const checks = new Map<string, HealthCheck>()
    checks.set('database', async () => {
      await app.database.db.execute(sql`select 1`)
      return { ready: true }
    })
    app.decorate('healthChecks', checks)
  },
  { name: 'health', dependencies: ['database'] },
)
