import type { ModelManifest } from '../../contracts/model-manifest.js'
import { parse } from '../../contracts/validation.js'
import { Training } from '../../training/options.js'

/** How a version was trained, from the specification that its manifest keeps. */
export function trainingOf({ specification }: ModelManifest): Training {
  const { training } = (specification ?? {}) as { training?: unknown }
  return parse(Training, training, { path: 'specification.training', code: 'artifact-damaged' }) as Training
}
