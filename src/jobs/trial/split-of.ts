import { splitRows } from '../../datasets/split-rows.js'
import type { SplitTable } from '../train/prepare-data.js'
import type { TrialPart } from './specification.js'

/** Which rows a trial learns from, and which it is scored on. */
export function splitOf({ fold, folds }: TrialPart): SplitTable {
  return (request) => splitRows({ ...request, fold: { index: fold - 1, folds } })
}
