import type { JobType } from '../contracts/job.js'
import { searchChildren } from './search/children.js'
import { SearchRequest, SearchSpecification } from './search/request.js'
import { resolveSearch } from './search/resolve.js'
import { runSearch } from './search/run.js'

const search: JobType<typeof SearchRequest, typeof SearchSpecification> = {
  name: 'search',
  summary:
    'Tries hyperparameters, training options and families in parallel, and publishes the best on validation rows',
  request: SearchRequest,
  specification: SearchSpecification,
  example: {
    type: 'search',
    model: 'flowers',
    dataset: 'flowers',
    target: 'species',
    training: { epochs: 20, validationSplit: 0.4 },
    search: {
      space: {
        'hyperparameters.dropout': { uniform: [0, 0.5] },
        'training.optimizer.learningRate': { logUniform: [0.0003, 0.03] },
      },
      trials: 2,
      budgetSeconds: 300,
    },
    deploy: { when: 'better' },
  },
  resolve: resolveSearch,
  children: searchChildren,
  run: runSearch,
}
export default search
