import { FlywheelError } from '../../contracts/errors.js'
import type { Callback } from './callback.js'

/** Ends the training with an error when it has run too long, attempts before a restart included. */
export function timeLimit(seconds: number): Callback {
  return {
    stepsDone({ state }) {
      if (state.elapsedSeconds <= seconds) return
      const detail = `Training took longer than ${seconds} s; it stood at step ${state.step}, epoch ${state.epoch + 1}`
      throw new FlywheelError('time-limit', detail)
    },
  }
}
