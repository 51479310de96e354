import type { JobOutput } from '../../contracts/job.js'
import type { ColumnStore } from '../../datasets/columns/column-store.js'
import { fitVersion } from './fit-version.js'
import { type JudgeOptions, judgeVersion } from './judge-version.js'

export interface TrainTableOptions extends Omit<JudgeOptions, 'seconds'> {
  /** Seconds that reading the table took, for the report. */
  readonly readSeconds: number
  /** Where columns are put that do not fit in memory; in memory all the same when it is left out. */
  readonly store?: ColumnStore
}

/** Trains a version on a table, judges it on the rows kept out, stores it and decides about its deployment. */
export async function trainTable({ readSeconds, ...options }: TrainTableOptions): Promise<JobOutput> {
  const seconds: Record<string, number> = { read: readSeconds }
  return judgeVersion(await fitVersion({ ...options, seconds }), { ...options, seconds })
}
