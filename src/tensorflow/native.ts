import type { TensorFlow } from '../contracts/family.js'
import type { CApi } from './c-api.js'
import type { SessionConfig } from './config-proto.js'
import type { Backend } from './operations.js'
import { createStatus, type Status } from './status.js'
import { type NativeTensors, nativeTensors } from './tensors.js'

/** The native library as all of its users in this process share it. */
export interface Native {
  readonly c: CApi
  /** For calls on the main thread, one after the other. */
  readonly status: Status
  readonly tensors: NativeTensors
  /** What the process was started with. */
  readonly config: SessionConfig
  /** Tells that somebody owns one more (1) or one less (−1) native object. */
  count(change: 1 | -1): void
  /** Native objects that were counted or are tensors. */
  live(): number
}

export function createNative(c: CApi, config: SessionConfig): Native {
  const status = createStatus(c)
  const tensors = nativeTensors(c, status)
  let live = 0
  return {
    c,
    status,
    tensors,
    config,
    count(change) {
      live += change
    },
    live: () => live + tensors.live(),
  }
}

/** The library under a tfjs module that `startTensorFlow` made. */
export const nativeOf = (tf: TensorFlow): Native => (tf.backend() as unknown as Backend).binding.native
