import type { JobProgress } from './job.js'

/** A job that another one is made of, as the other one's plan sees it. */
export interface ChildJob {
  readonly id: string
  /** What it is to its parent: the `part` of its specification. */
  readonly part: unknown
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  /** Null until it has succeeded. */
  readonly result: Readonly<Record<string, unknown>> | null
  /** Null unless it has failed. */
  readonly error: { readonly code: string; readonly detail: string; readonly remedy: string } | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

/** A child before it has an id. Its specification names in `part` what it is. */
export interface ChildDraft {
  readonly type: string
  readonly specification: unknown
  readonly blobs: Readonly<Record<string, string>>
}

/** What is to be done for a job that is made of others. */
export interface ChildPlan {
  /** Children that begin now. */
  readonly add: readonly ChildDraft[]
  /** Ids of children that are not needed any more: they are cancelled. */
  readonly stop: readonly string[]
  /** Whether none will be added any more: then the job itself runs as soon as all have ended. */
  readonly isComplete: boolean
  /** Why the job can not succeed any more. */
  readonly failure: { readonly code: string; readonly detail: string; readonly remedy: string } | null
  /** How far the children are. */
  readonly progress: Pick<JobProgress, 'step' | 'steps' | 'metrics' | 'secondsLeft'>
}

/**
 * Says what comes next for a job that is made of others. It is asked again and again, and after every restart: the
 * same children at the same time must give the same plan, and children that are there must not be added again.
 *
 * @param children all there are so far, in the order in which they were added
 */
export type PlanChildren = (children: readonly ChildJob[], now: Date) => ChildPlan

export const hasEnded = ({ state }: ChildJob): boolean => state !== 'queued' && state !== 'running'
