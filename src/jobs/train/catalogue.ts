import { discover } from '../../contracts/discovery.js'
import { type FlywheelError, refusedAt, shown } from '../../contracts/errors.js'
import type { Family } from '../../contracts/family.js'
import type { Task } from '../../contracts/task.js'
import { loadMetrics, type Metrics } from '../../evaluation/catalogue.js'
import { loadTransforms, type Transforms } from '../../transforms/chain/catalogue.js'

/** Everything that a job's specification can name. */
export interface Catalogue {
  readonly families: ReadonlyMap<string, Family>
  readonly tasks: ReadonlyMap<string, Task>
  readonly transforms: Transforms
  readonly metrics: Metrics
}

export async function loadCatalogue(): Promise<Catalogue> {
  const [families, tasks, transforms, metrics] = await Promise.all([
    discover<Family>(new URL('../../models/', import.meta.url)),
    discover<Task>(new URL('../../tasks/', import.meta.url)),
    loadTransforms(),
    loadMetrics(),
  ])
  return { families, tasks, transforms, metrics }
}

/** The entry of that name. @throws FlywheelError specification-invalid with the list of what exists */
export function named<Entry>(entries: ReadonlyMap<string, Entry>, name: string, path: string): Entry {
  const entry = entries.get(name)
  if (entry !== undefined) return entry
  throw invalid(path, `one of ${[...entries.keys()].join(', ')}`, name)
}

/** One field of a specification that can't be. */
export const invalid = (path: string, expected: string, received: unknown): FlywheelError =>
  refusedAt('specification-invalid', { path, expected, received: shown(received) })
