import { type Static, Type } from 'typebox'
import { CalibrationReport } from '../../evaluation/report/calibration-schema.js'
import { Report } from '../../evaluation/report.js'

/** What a report says of a trial's training, should it become a version. */
export const TrialDetails = Type.Object(
  {
    history: Report.properties.history,
    training: Report.properties.training,
    warnings: Report.properties.warnings,
    calibration: Type.Optional(CalibrationReport),
    seconds: Report.properties.secondsByStage,
  },
  { additionalProperties: false },
)
export type TrialDetails = Static<typeof TrialDetails>
