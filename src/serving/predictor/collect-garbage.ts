import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/**
 * Gives back what the files of a version took that was just loaded or unloaded: V8 looks for garbage when it allocates,
 * and a predictor that waits for requests allocates nothing. Takes some 10 ms.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
