import { adam } from './adam.js'
import { adamw } from './adamw.js'
import type { Optimizer } from './optimizer.js'
import { rmsprop } from './rmsprop.js'
import { sgd } from './sgd.js'

/** The first one is the default. */
export const optimizers: readonly Optimizer[] = [adam, adamw, rmsprop, sgd]
