import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'
import { countOpenJobs, OPEN_STATES } from '../../registry/jobs.js'

/** Shows in `/metrics` how many jobs wait and run; the others go on without it while the database is away. */
export default fp(
  async (app) => {
    new Gauge({
      name: 'flywheel_jobs',
      help: 'Jobs that have not ended, by state',
      labelNames: ['state'],
      registers: [app.metrics],
      async collect() {
        this.reset()
        const counts = await countOpenJobs(app.database.db).catch((err: unknown) => {
          app.log.warn({ err }, 'jobs could not be counted')
          return null
        })
        if (counts === null) return
        for (const state of OPEN_STATES) {
          this.set({ state }, counts.find((entry) => entry.state === state)?.count ?? 0)
        }
      },
    })
  },
  { name: 'job-metrics', dependencies: ['database', 'metrics'] },
)
