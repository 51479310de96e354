import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined
let isDue = false

/**
 * Gives back what the files of a version took that was just loaded or unloaded: V8 looks for garbage when it allocates,
 * and a predictor that waits for requests allocates nothing. Takes some 10 ms, in the event loop's next turn: in this one
 * what called may still hold the files.
 */
export function collectGarbage(): void {
  if (isDue) return
  isDue = true
  setImmediate(() => {
    isDue = false
    collect ??= exposedGc()
    collect()
  })
}

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
