import { Type } from 'typebox'
import type { AliasState } from '../contracts/alias.js'
import type { AliasChange } from '../registry/alias-states.js'
import { modelPath } from './model-path.js'
import { Time } from './time.js'

const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(
  schema: Schema,
  description: string,
) => Type.Union([schema, Type.Null()], { description })

/** Percent by version number. */
export const Weights = Type.Record(
  Type.String({ pattern: '^[1-9]\\d{0,8}$' }),
  Type.Integer({ minimum: 1, maximum: 100 }),
  {
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 10,
    description: 'Percent of the requests by version number, 100 together: `{ "3": 90, "4": 10 }`',
  },
)

const state = {
  version: Type.Integer({
    minimum: 1,
    description: 'The version that answers; of a split the one that carries most, the lowest of equals',
  }),
  weights: nullable(Weights, 'Percent of the requests by version; null where one version answers all'),
  stickyBy: nullable(
    Type.String(),
    'The request header whose value always meets the same version of a split; null where each request is drawn',
  ),
  shadow: nullable(modelPath.version, 'The version that gets a copy of the requests'),
}

export const Alias = Type.Object({ model: Type.String(), alias: Type.String(), ...state })

const State = Type.Object(state)
export const AliasWithChanges = Type.Object({
  ...Alias.properties,
  changes: Type.Array(
    Type.Object({
      at: Time,
      job: nullable(Type.String(), 'The job that promoted a version; null for a request'),
      before: nullable(State, 'Null: there was no such alias'),
      after: nullable(State, 'Null: the alias was removed'),
    }),
    { description: 'The last hundred, the latest first' },
  ),
})

export const Traffic = Type.Record(Type.String(), State, {
  description: 'By alias: those that split their requests or have a shadow',
})

export const aliasAnswer = (
  name: { model: string; alias: string },
  { version, weights, stickyBy, shadow }: AliasState,
) => ({
  ...name,
  version,
  weights: weights && { ...weights },
  stickyBy,
  shadow,
})

export const changeAnswer = ({ changedAt, job, before, after }: AliasChange) => ({
  at: changedAt.toISOString(),
  job,
  before: before ?? null,
  after: after ?? null,
})
