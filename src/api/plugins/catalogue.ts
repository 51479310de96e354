import fp from 'fastify-plugin'
import { discover } from '../../contracts/discovery.js'
import type { Family } from '../../contracts/family.js'
import type { JobType } from '../../contracts/job.js'
import type { Metric } from '../../contracts/metric.js'
import type { Task } from '../../contracts/task.js'
import type { Transform } from '../../contracts/transform.js'

/** Everything that can be named in a job, by its name. */
export interface Catalogue {
  readonly families: ReadonlyMap<string, Family>
  readonly tasks: ReadonlyMap<string, Task>
  readonly transforms: ReadonlyMap<string, Transform>
  readonly metrics: ReadonlyMap<string, Metric>
  readonly jobTypes: ReadonlyMap<string, JobType>
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly catalogue: Catalogue
  }
}

/** Discovers the catalogue once, while the service is built. */
export default fp(
  async (app) => {
    const [families, tasks, transforms, metrics, jobTypes] = await Promise.all([
      discover<Family>(app.folders.families),
      discover<Task>(app.folders.tasks),
      discover<Transform>(app.folders.transforms),
      discover<Metric>(app.folders.metrics),
      discover<JobType>(app.folders.jobTypes),
    ])
    app.decorate('catalogue', { families, tasks, transforms, metrics, jobTypes })
  },
  { name: 'catalogue' },
)
