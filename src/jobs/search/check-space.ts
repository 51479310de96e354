import { FlywheelError } from '../../contracts/errors.js'
import type { Family } from '../../contracts/family.js'
import { parse } from '../../contracts/validation.js'
import { seededNumbers } from '../../datasets/seeded-order.js'
import { invalid } from '../train/catalogue.js'
import { suggestRandom } from './methods/random.js'
import type { Range, SearchSpecification } from './request.js'
import { dimensionsOf, extremesOf, parametersAt } from './space.js'
import { trialSpecification } from './trial-specification.js'

/** They decide which rows trials are compared on, or are no matter of quality. */
const fixed: ReadonlySet<string> = new Set([
  'training.seed',
  'training.validationSplit',
  'training.timeLimitSeconds',
  'training.deterministic',
])
/** A place inside of a range that is no round number. */
const INSIDE = 0.382

/**
 * Tries the ends and the inside of each range and every choice, and some of all together.
 *
 * @throws FlywheelError specification-invalid that names the range: one that is empty, of an unknown field, or with
 *   values that the field can't have
 */
export function checkSpace(
  specification: SearchSpecification,
  families: ReadonlyMap<string, { family: Family }>,
): void {
  const { space, method } = specification.search
  for (const [name, range] of Object.entries(space)) {
    const path = `search.space.${name}`
    checkBounds(path, range)
    if (fixed.has(name)) throw invalid(path, 'a field that may differ between trials', name)
    if (name === 'training.epochs' && method === 'asha') {
      throw invalid(path, 'none with asha, which chooses the epochs itself', name)
    }
    checkCondition(path, range, { space, families })
    for (const value of valuesOf(name, range)) {
      for (const [family, entry] of families) {
        if (range.when !== undefined && range.when.family !== family) continue
        checkValue(path, value, () => {
          const parameters = { family, [name]: value }
          const { hyperparameters } = trialSpecification(specification, parameters)
          if (name !== 'family')
            parse(entry.family.hyperparameters, hyperparameters, { path: 'hyperparameters' })
        })
      }
    }
  }
  checkDraws(specification, families)
}

/** Fields that can't be together show in some of these. */
const DRAWS = 200

function checkDraws(
  specification: SearchSpecification,
  families: ReadonlyMap<string, { family: Family }>,
): void {
  const { space, seed } = specification.search
  const dimensions = dimensionsOf(space)
  const random = seededNumbers(seed)
  for (let draw = 0; draw < DRAWS; draw++) {
    const coordinates = suggestRandom({ dimensions, observations: [], pending: [], random })
    const parameters = parametersAt(space, coordinates)
    checkValue('search.space', parameters, () => {
      const { family, hyperparameters } = trialSpecification(specification, parameters)
      const schema = families.get(family)?.family.hyperparameters
      if (schema !== undefined) parse(schema, hyperparameters, { path: 'hyperparameters' })
    })
  }
}

const valuesOf = (name: string, range: Range): unknown[] => [
  ...extremesOf(range),
  ...('choice' in range ? [] : [parametersAt({ [name]: range }, { [name]: INSIDE })[name]]),
]

function checkBounds(path: string, range: Range): void {
  if ('choice' in range) return
  const [low, high] = extremesOf(range) as [number, number]
  if (!(low < high)) throw invalid(path, 'a lowest value below the highest', [low, high])
  if ('logUniform' in range && low <= 0) throw invalid(path, 'bounds above 0', [low, high])
}

function checkCondition(
  path: string,
  { when }: Range,
  {
    space,
    families,
  }: { space: SearchSpecification['search']['space']; families: ReadonlyMap<string, unknown> },
): void {
  if (when === undefined) return
  if (space.family === undefined) throw invalid(`${path}.when`, 'nothing, since no family is searched', when)
  if (!families.has(when.family)) {
    throw invalid(`${path}.when.family`, `one of ${[...families.keys()].join(', ')}`, when.family)
  }
}

/** The same error under the range's path. */
function checkValue(path: string, value: unknown, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof FlywheelError) || error.code !== 'specification-invalid') throw error
    const expected = error.errors[0]?.expected ?? error.message
    throw invalid(path, expected, value)
  }
}
