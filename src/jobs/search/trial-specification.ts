import { resolveTraining, type TrainingOptions } from '../../training/options.js'
import type { TrainSpecification } from '../train/request.js'
import type { Beginning, SearchSpecification } from './request.js'
import type { Parameters } from './space.js'

/**
 * The training job that a trial stands for.
 *
 * @param parameters by their paths
 * @param options.epochs at most, in place of the job's own
 * @throws FlywheelError specification-invalid for values that can't be
 */
export function trialSpecification(
  { search, ...specification }: SearchSpecification,
  parameters: Parameters,
  { epochs }: { epochs?: number } = {},
): TrainSpecification {
  const family = String(parameters.family ?? specification.family)
  const { transforms, ...beginning } = beginningOf(family, { search, specification })
  const own = Object.entries(parameters).filter(([path]) => path.startsWith('hyperparameters.'))
  const hyperparameters = {
    ...beginning.hyperparameters,
    ...Object.fromEntries(own.map(([path, value]) => [path.slice('hyperparameters.'.length), value])),
  }
  const options: TrainingOptions = structuredClone(search.training)
  for (const [path, value] of Object.entries(parameters)) {
    if (path.startsWith('training.')) assign(options, path.split('.').slice(1), value)
  }
  const training = resolveTraining(options, { rows: search.rows })
  return {
    ...specification,
    type: 'train',
    family,
    hyperparameters,
    transforms,
    training: { ...training, epochs: epochs ?? training.epochs },
  }
}

function beginningOf(
  family: string,
  { search, specification }: { search: SearchSpecification['search']; specification: Beginning },
): Beginning {
  const { families, linear } = search
  return families[family] ?? ('family' in linear && linear.family === family ? linear : specification)
}

function assign(into: object, [name = '', ...rest]: readonly string[], value: unknown): void {
  const fields = into as Record<string, unknown>
  if (rest.length === 0) {
    fields[name] = value
    return
  }
  if (typeof fields[name] !== 'object' || fields[name] === null) fields[name] = {}
  assign(fields[name] as object, rest, value)
}
