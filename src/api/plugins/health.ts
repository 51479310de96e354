import { sql } from 'drizzle-orm'
import fp from 'fastify-plugin'

export interface PartHealth {
  readonly ready: boolean
  /** What is wrong, or worth knowing, in one sentence. */
  readonly reason?: string
}

/** Looks at one part; throwing means that it is not ready. */
export type HealthCheck = () => Promise<PartHealth> | PartHealth

/** The TensorFlow that a process of ours has loaded, as that process reports it. */
export interface TensorFlowRuntime {
  readonly version: string
  readonly device: { readonly kind: 'cpu' | 'gpu'; readonly name: string }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** By the part's name; the plugin that owns a part adds its check. `/readyz` asks them all. */
    readonly healthChecks: Map<string, HealthCheck>
    /** By the process's name; null until it has reported. `/v1/version` shows them. */
    readonly tensorFlowRuntimes: Map<string, () => TensorFlowRuntime | null>
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
    app.decorate('tensorFlowRuntimes', new Map<string, () => TensorFlowRuntime | null>())
  },
  { name: 'health', dependencies: ['database'] },
)
