import { type SplitRequest, splitRows } from '../../datasets/split-rows.js'
import { splitterFor } from '../../datasets/splits/splitter-for.js'
import type { SplitTable } from '../train/prepare-data.js'
import type { FoldPart, TrialPart } from './specification.js'

/** Which rows a trial learns from, and which are kept out; undefined: those of the job that it is a part of. */
export function splitOf(part: TrialPart): SplitTable | undefined {
  switch (part.kind) {
    case 'search':
      return part.outer && withFoldOut(part.outer)
    case 'fold':
      return withFoldOut(part)
    case 'share':
      return (request) => {
        const { training, validation, ...rest } = splitRows(request)
        const taken = (rows: Int32Array) => takeShare(rows, { request, share: part.share })
        return { ...rest, training: taken(training), validation: taken(validation) }
      }
  }
}

/** The rows of one fold, from 1, are the test rows. */
const withFoldOut =
  ({ fold, folds }: Pick<FoldPart, 'fold' | 'folds'>): SplitTable =>
  (request) =>
    splitRows({ ...request, fold: { index: fold - 1, folds } })

/**
 * By chance, each class alike and groups together; a smaller share is a part of a larger one, but that of groups, which
 * are taken whole.
 */
function takeShare(
  rows: Int32Array,
  { request, share }: { request: SplitRequest; share: number },
): Int32Array {
  const byChance = request.strata.some((stratum) => stratum > 0) ? 'stratified' : 'random'
  const by = request.by === 'group' ? 'group' : byChance
  const splitter = splitterFor({ ...request, by })
  return splitter.test(rows, { share, seed: request.validationSeed ^ SHARE }).taken
}

/** Lets shares be others than the test and validation rows of the same seed. */
const SHARE = 0x2545f491
