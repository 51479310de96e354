import type { TensorFlow } from '../../contracts/family.js'
import type { RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import type { CalibrationReport } from '../../evaluation/report/calibration-schema.js'
import type { StoredModel } from '../../evaluation/stored-model.js'
import type { Answers, Verdict } from '../../online/gate.js'
import type { Servable } from '../../serving/servable.js'
import type { Trained } from '../../training/train.js'
import type { TrainingWarning } from '../../training/warnings.js'
import type { Catalogue } from '../train/catalogue.js'
import type { MixedRows } from './mix-rows.js'
import type { UpdateSpecification } from './request.js'

/** What an update begins with. */
export interface UpdateTableOptions {
  readonly specification: UpdateSpecification
  /** The champion, which learns. */
  readonly servable: Servable
  /** The labels that waited, as NDJSON. */
  readonly feedback: Buffer
  /** The champion's original data: its features and target. */
  readonly table: Table
  readonly catalogue: Catalogue
  readonly context: RunContext
}

/** Everything that judging and storing need. */
export interface Update extends UpdateTableOptions {
  readonly tf: TensorFlow
  readonly rows: MixedRows
  readonly trained: Trained
  readonly trainSeconds: number
  /** What the training warned of. */
  readonly warnings: readonly TrainingWarning[]
  readonly verdict: Verdict
  readonly holdout: Answers
  /** Open, with its calibration in its manifest. */
  readonly challenger: StoredModel
  /** How its validation rows chose that; undefined without any. */
  readonly calibration: CalibrationReport | undefined
}
