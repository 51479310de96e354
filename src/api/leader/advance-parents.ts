import { type ChildJob, type ChildPlan, hasEnded } from '../../contracts/children.js'
import type { JobData, JobType } from '../../contracts/job.js'
import { childrenOf, insertChildren, lockOpenJob, openParents, orphans } from '../../registry/child-jobs.js'
import type { Queries } from '../../registry/database/database.js'
import { appendJobEvents } from '../../registry/job-events.js'
import { endJob, type JobRow, setProgress, startJob } from '../../registry/jobs.js'
import type { LeaderContext } from './job-states.js'

export interface ParentsContext extends LeaderContext {
  readonly jobTypes: ReadonlyMap<string, JobType>
  cancel(jobId: string): Promise<unknown>
}

/** A plan may depend on the time, and the queue may have lost what it had taken. */
const AGAIN_MS = 2_000

/**
 * Starts what jobs that are made of others need next, whenever one of their children begins or ends and every two
 * seconds. Everything follows from the rows: after a restart it goes on where it was.
 */
export function parentsAdvancer(context: ParentsContext): (db: Queries) => Promise<void> {
  let seen = new Map<string, { version: string; at: number }>()

  return async (db) => {
    const now = Date.now()
    const next: typeof seen = new Map()
    for (const { id, version } of await openParents(db)) {
      const last = seen.get(id)
      if (last?.version === version && now - last.at < AGAIN_MS) {
        next.set(id, last)
        continue
      }
      await unlessFails(context, id, () => advance(context, db, id))
      next.set(id, { version, at: now })
    }
    seen = next
    for (const id of await orphans(db)) await unlessFails(context, id, () => context.cancel(id))
  }
}

async function unlessFails({ log, queue }: LeaderContext, jobId: string, work: () => Promise<unknown>) {
  try {
    await work()
  } catch (err) {
    // It is tried again; while the queue is away every try fails.
    if (queue.isReady()) log.warn({ err, jobId }, 'a job that is made of others could not go on')
  }
}

interface Step {
  readonly parent: JobRow
  readonly plan: ChildPlan
  readonly children: readonly ChildJob[]
  readonly added: readonly JobRow[]
}

async function advance(context: ParentsContext, db: Queries, id: string): Promise<void> {
  const step = await db.transaction((tx) => applyPlan(context, tx, id))
  if (step === null) return
  if (step.plan.failure !== null) {
    // Before its children, the last of which would let it go.
    await context.queue.remove(id)
    await context.queue.cancel(id)
    await context.cancel(id)
    return
  }
  for (const child of step.plan.stop) await context.cancel(child)
  await enqueue(context, step)
}

/** Writes what the plan says. @returns null when the job has ended */
async function applyPlan({ jobTypes }: ParentsContext, tx: Queries, id: string): Promise<Step | null> {
  const parent = await lockOpenJob(tx, id)
  if (parent === null) return null
  const { specification, blobs } = parent
  const planChildren = jobTypes.get(parent.type)?.children?.({ specification, blobs })
  if (!planChildren) throw new Error(`jobs of the type ${parent.type} are made of no others here`)
  const known = await childrenOf(tx, id)
  const plan = planChildren(known, new Date())
  if (plan.failure !== null) {
    await endJob(tx, id, { state: 'failed', error: { ...plan.failure, stage: 'children', log: [] } })
    return { parent, plan, children: known, added: [] }
  }
  const added = await insertChildren(tx, parent, plan.add)
  const children = await childrenOf(tx, id)
  const isAtWork = children.some((child) => !hasEnded(child)) || !plan.isComplete
  if (isAtWork) {
    if (children.some(({ startedAt }) => startedAt !== null)) await startJob(tx, id)
    await tell(tx, parent, plan)
  }
  return { parent, plan, children, added }
}

async function tell(tx: Queries, { id, progress }: JobRow, { progress: now }: ChildPlan): Promise<void> {
  if (progress?.step === now.step && progress.steps === now.steps) return
  const data = { epoch: 0, ...now }
  await setProgress(tx, id, data)
  await appendJobEvents(tx, id, [{ kind: 'progress', data }])
}

/** Gives the queue the new children, and the job itself when none will follow. */
async function enqueue({ queue }: ParentsContext, { parent, plan, children, added }: Step): Promise<void> {
  const data = added.map(dataOf)
  const open = children.filter((child) => !hasEnded(child))
  if (plan.isComplete) {
    const own = { ...dataOf(parent), children: children.map(({ result: _, ...child }) => child) }
    const isAway = (await queue.state(parent.id)) === 'unknown'
    // As one flow: the queue itself starts the job behind its children, whether an api is there or not.
    if (isAway && open.length > 0 && open.length === added.length) return queue.addBehind(own, data)
    if (open.length === 0) return enqueueParent(queue, own)
  }
  if (data.length > 0) await queue.addAll(data)
}

async function enqueueParent(queue: ParentsContext['queue'], own: JobData): Promise<void> {
  const state = await queue.state(own.jobId)
  // Its children have ended without the queue's hearing of it.
  if (state === 'behind') await queue.remove(own.jobId)
  if (state === 'behind' || state === 'unknown') await queue.add(own)
}

const dataOf = ({ id: jobId, type, specification, blobs }: JobRow): JobData => ({
  jobId,
  type,
  specification,
  blobs,
})
