import type { RunnableJob } from '../../contracts/job.js'
import { runTrial } from '../trial/run.js'
import { TrialSpecification } from '../trial/specification.js'

const trial: RunnableJob<typeof TrialSpecification> = {
  name: 'trial',
  summary: 'Trains on some rows and scores on others, as a part of another job; publishes nothing',
  specification: TrialSpecification,
  run: runTrial,
}
export default trial
