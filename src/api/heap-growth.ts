import { setFlagsFromString } from 'node:v8'

/** Of what lives in the heap, so much may be added before the whole heap is searched for garbage. */
const growthPercent = 100

/**
 * Lets the heap grow further between two searches of all of it. Left to itself V8 may settle on little more than 8 MB, as
 * much as the bodies of a second's requests take, and each search keeps all answers waiting for 6 to 8 ms.
 */
export const letHeapGrow = (): void => setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
