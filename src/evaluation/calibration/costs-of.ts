import { type Static, Type } from 'typebox'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { parse } from '../../contracts/validation.js'
import { CostsSchema } from '../report/calibration-schema.js'

const Specified = Type.Object({
  evaluation: Type.Optional(Type.Object({ costs: Type.Optional(CostsSchema) })),
})

/** What wrong answers cost, as the job said that a version comes from. */
export function costsOf({ specification }: ModelManifest): Static<typeof CostsSchema> | undefined {
  const given = parse(Specified, specification, { path: 'specification', code: 'artifact-damaged' })
  return given.evaluation?.costs
}
