import { type Static, Type } from 'typebox'
import { type ChildCounts, countChildren } from '../registry/child-jobs.js'
import type { Queries } from '../registry/database/database.js'
import type { JobRow } from '../registry/jobs.js'
import { Time } from './time.js'

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const JobId = Type.String({ pattern: '^[0-9a-f]{32}$', description: 'Made by the service' })

export const JobState = Type.Enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'], {
  type: 'string',
  description: 'The last three are final',
})

const Progress = Type.Object({
  step: Type.Integer({ minimum: 0 }),
  steps: Type.Integer({ minimum: 0 }),
  epoch: Type.Integer({ minimum: 0 }),
  metrics: Type.Record(Type.String(), Nullable(Type.Number())),
  secondsLeft: Nullable(Type.Number()),
})

const JobError = Type.Object({
  stage: Type.String({ description: 'Where it went wrong: queue, load, children, run, store or publish' }),
  code: Type.String({ description: 'As in the error table' }),
  detail: Type.String(),
  remedy: Type.String(),
  log: Type.Array(Type.String(), { description: 'The last lines of the training process' }),
  estimatedBytes: Type.Optional(Type.Number({ description: 'Of memory-limit: what the training needs' })),
  limitBytes: Type.Optional(Type.Number({ description: 'What a trainer may use' })),
  fittingBatchSize: Type.Optional(
    Nullable(
      Type.Integer({ minimum: 1, description: 'The largest batch size that would fit; null when none does' }),
    ),
  ),
  reason: Type.Optional(Type.String({ description: 'Why no batch size fits' })),
})

const Count = Type.Integer({ minimum: 0 })
const Children = Type.Object(
  { queued: Count, running: Count, succeeded: Count, failed: Count, cancelled: Count },
  { description: 'Of a job that is made of others: how many of them are in each state' },
)

export const Job = Type.Object(
  {
    id: JobId,
    type: Type.String(),
    state: JobState,
    parent: Nullable(JobId),
    children: Nullable(Children),
    specification: Type.Unknown({ description: 'The request with every default filled in' }),
    progress: Nullable(Progress),
    result: Nullable(Type.Record(Type.String(), Type.Unknown())),
    error: Nullable(JobError),
    cancelRequestedAt: Nullable(Time),
    createdAt: Time,
    startedAt: Nullable(Time),
    endedAt: Nullable(Time),
  },
  { title: 'Job' },
)

/** Without the dataset's columns, files and findings, which the trainer needs and other answers show. */
export function shownSpecification(specification: unknown): unknown {
  const { snapshot: _, targetFindings: __, ...shown } = specification as Record<string, unknown>
  return shown
}

/** Jobs' rows as they are shown. */
export async function shownJobs(db: Queries, rows: readonly JobRow[]): Promise<Static<typeof Job>[]> {
  const parents = rows.filter(({ hasChildren }) => hasChildren).map(({ id }) => id)
  const counts = await countChildren(db, parents)
  return rows.map((row) => shown(row, counts.get(row.id)))
}

export async function shownJob(db: Queries, row: JobRow): Promise<Static<typeof Job>> {
  const [job] = await shownJobs(db, [row])
  return job as Static<typeof Job>
}

const none: ChildCounts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 }

function shown(row: JobRow, children: ChildCounts = none): Static<typeof Job> {
  const { id, type, state, specification, progress, result, error } = row
  return {
    id,
    type,
    state,
    parent: row.parent,
    children: row.hasChildren ? { ...children } : null,
    specification: shownSpecification(specification),
    progress: progress && { ...progress, metrics: { ...progress.metrics } },
    result,
    error: error && { ...error, log: [...error.log] },
    cancelRequestedAt: row.cancelRequestedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}
