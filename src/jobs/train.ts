import type { JobType } from '../contracts/job.js'
import { trainChildren } from './train/children.js'
import { TrainRequest, TrainSpecification } from './train/request.js'
import { resolveTrain } from './train/resolve.js'
import { runTrain } from './train/run.js'

const train: JobType<typeof TrainRequest, typeof TrainSpecification> = {
  name: 'train',
  summary:
    'Trains a new version of a model on a dataset, judges it on rows kept out, and deploys it when it is better',
  request: TrainRequest,
  specification: TrainSpecification,
  example: {
    type: 'train',
    model: 'flowers',
    dataset: 'flowers',
    target: 'species',
    training: { epochs: 20, seed: 42 },
    evaluation: { crossValidation: { folds: 3 } },
    deploy: { when: 'better' },
  },
  resolve: resolveTrain,
  children: trainChildren,
  run: runTrain,
}
export default train
