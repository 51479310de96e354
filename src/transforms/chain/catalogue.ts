import { discover } from '../../contracts/discovery.js'
import type { Transform } from '../../contracts/transform.js'

export type Transforms = ReadonlyMap<string, Transform>

/** Every transform by name. */
export const loadTransforms = (): Promise<Transforms> => discover<Transform>(new URL('../', import.meta.url))
