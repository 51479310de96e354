import { existsSync } from 'node:fs'
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

async function entries<T extends { readonly name: string }>(folder: URL): Promise<ReadonlyMap<string, T>> {
  return existsSync(folder) ? discover<T>(folder) : new Map()
}

/** Discovers the catalogue once, while the service is built. */
export default fp(
  async (app) => {
    const [families, tasks, transforms, metrics, jobTypes] = await Promise.all([
      entries<Family>(app.folders.families),
      entries<Task>(app.folders.tasks),
      entries<Transform>(app.folders.transforms),
      entries<Metric>(app.folders.metrics),
      entries<JobType>(app.folders.jobTypes),
    ])
    app.decorate('catalogue', { families, tasks, transforms, metrics, jobTypes })
  },
  { name: 'catalogue' },
)
