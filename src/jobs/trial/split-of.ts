import { splitRows } from '../../datasets/split-rows.js'
import type { SplitTable } from '../train/prepare-data.js'
import type { TrialPart } from './specification.js'

/** Which rows a trial learns from, and which are kept out; undefined: those of the job that it is a part of. */
export function splitOf(part: TrialPart): SplitTable | undefined {
  if (part.kind === 'search') return undefined
  const fold = { index: part.fold - 1, folds: part.folds }
  return (request) => splitRows({ ...request, fold })
}
