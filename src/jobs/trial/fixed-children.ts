import {
  type ChildDraft,
  type ChildJob,
  type ChildPlan,
  hasEnded,
  type PlanChildren,
} from '../../contracts/children.js'

/**
 * The plan of a job whose children are known from the start. All of them must succeed.
 *
 * @param options.drafts what each is to the job stands in its specification's `part`
 * @param options.nameOf a child in words: "fold 3 of 5"
 */
export function fixedChildren({
  drafts,
  nameOf,
}: {
  drafts: readonly (ChildDraft & { readonly part: unknown })[]
  nameOf: (part: unknown) => string
}): PlanChildren {
  return (children) => {
    const known = new Set(children.map(({ part }) => JSON.stringify(part)))
    const add = drafts.filter(({ part }) => !known.has(JSON.stringify(part)))
    const lost = children.find(({ state }) => state === 'failed' || state === 'cancelled')
    return {
      add: add.map(({ part: _, ...draft }) => draft),
      stop: [],
      isComplete: true,
      failure: lost === undefined ? null : failureOf(lost, nameOf(lost.part)),
      progress: {
        step: children.filter(hasEnded).length,
        steps: drafts.length,
        metrics: meansOf(children),
        secondsLeft: null,
      },
    }
  }
}

function failureOf({ state, error }: ChildJob, name: string): ChildPlan['failure'] {
  if (error !== null) {
    const { code, detail, remedy } = error
    return { code, detail: `${name}: ${detail}`, remedy }
  }
  return { code: 'job-failed', detail: `${name} was ${state}`, remedy: 'Submit the job again' }
}

const isOnFewerRows = (part: unknown): boolean => (part as { kind?: string }).kind === 'share'

/** Of each metric over the children that have ended. */
function meansOf(children: readonly ChildJob[]): Record<string, number | null> {
  const all = children.flatMap(({ result, part }) =>
    result === null || isOnFewerRows(part) ? [] : [result.metrics as Record<string, number | null>],
  )
  return Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => {
      const values = all.map((metrics) => metrics[name] ?? null).filter((value) => value !== null)
      return [
        name,
        values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length,
      ]
    }),
  )
}
