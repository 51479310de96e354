import type { Doubles } from '../../contracts/table.js'

/** Memory of its own for whoever asks. */
export const newDoubles: Doubles = (length) => new Float64Array(length)

/** Memory that is used again: what was given out is free for others as soon as it is cleared. */
export interface ReusedDoubles {
  readonly doubles: Doubles
  clear(): void
}

/**
 * Memory for blocks of rows that are looked at one after the other. Fresh memory for each would cost more than what is
 * done with the numbers: the system fills it with zeros and the garbage collector looks after it.
 */
export function reusedDoubles(): ReusedDoubles {
  const slots: Float64Array[] = []
  let used = 0
  return {
    doubles(length) {
      const slot = slots[used]
      if (slot !== undefined && slot.length >= length) {
        used++
        return slot.length === length ? slot : slot.subarray(0, length)
      }
      const made = new Float64Array(length)
      slots[used++] = made
      return made
    },
    clear() {
      used = 0
    },
  }
}
