import type { RowError } from '../contracts/dataset.js'
import { LIMITS } from './limits.js'

/** The bad rows of an upload: how many, and the first places. */
export class RowErrors {
  rows = 0
  readonly listed: RowError[] = []
  #last = 0

  /** Errors of one row may be added one by one; rows come in order. */
  add(row: number, error: RowError): void {
    if (row !== this.#last) this.rows++
    this.#last = row
    if (this.listed.length < LIMITS.listedErrors) this.listed.push(error)
  }
}
