import type { WaitingUpdate } from '../registry/update-policies.js'

/** A fifth of the labels is kept out to judge by: with fewer than this there is none to keep out. */
export const fewestLabels = 5

/** Whether a model's own policy asks for an update now. */
export const isDue = ({ labels, everyLabels }: WaitingUpdate): boolean =>
  labels >= Math.max(everyLabels, fewestLabels)
