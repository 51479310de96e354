const firstCapacity = 256

/**
 * Values by whole numbers that count upwards, for what comes and goes thousands of times a second.
 *
 * A `Map` makes a new table when the one before is full, and leaves a pointer from that to the new one (for iterators that
 * still stand in it). Once one such table has grown old, V8's collector of young objects takes all that follow it for
 * alive, with everything that stood in them: a map of 32 requests kept nearly all that ever were until the whole heap was
 * searched, which then had to be done every second.
 */
export class IdTable<Value> {
  #ids = new Uint32Array(firstCapacity)
  #values: (Value | undefined)[] = empty(firstCapacity)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): Value | undefined {
    const slot = this.#slot(id)
    return this.#ids[slot] === id ? this.#values[slot] : undefined
  }

  /** Whether an id, which is not in it, finds a place without the table being made larger for it. */
  hasPlaceFor(id: number): boolean {
    return this.#values[this.#slot(id)] === undefined
  }

  /** @param id up to 2 ** 32 - 1 */
  set(id: number, value: Value): void {
    while (!this.hasPlaceFor(id) && this.get(id) === undefined) this.#double()
    const slot = this.#slot(id)
    if (this.#values[slot] === undefined) this.#size += 1
    this.#ids[slot] = id
    this.#values[slot] = value
    if (this.#size * 2 > this.#values.length) this.#double()
  }

  /** @returns what stood there */
  delete(id: number): Value | undefined {
    const value = this.get(id)
    if (value === undefined) return undefined
    this.#values[this.#slot(id)] = undefined
    this.#size -= 1
    return value
  }

  /** In no order. */
  ids(): number[] {
    return [...this.#ids].filter((_, slot) => this.#values[slot] !== undefined)
  }

  #slot(id: number): number {
    return id & (this.#values.length - 1)
  }

  #double(): void {
    const [ids, values] = [this.#ids, this.#values]
    this.#ids = new Uint32Array(values.length * 2)
    this.#values = empty(values.length * 2)
    for (const [slot, value] of values.entries()) {
      if (value === undefined) continue
      const id = ids[slot] as number
      this.#ids[this.#slot(id)] = id
      this.#values[this.#slot(id)] = value
    }
  }
}

const empty = (length: number): undefined[] => new Array<undefined>(length).fill(undefined)
