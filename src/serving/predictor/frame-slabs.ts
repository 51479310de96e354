import { cutFrames, type Frame } from '../frames.js'

/** Room for some hundred requests of one row. */
const slabBytes = 256 * 1024
/** Less room than that is not worth a read. */
const leastRoomBytes = 32 * 1024
/** Free ones that are kept; each takes {@link slabBytes}. */
const keptSlabs = 16

interface Slab {
  readonly bytes: Buffer
  /** Frames in it that are still looked at. */
  users: number
}

/**
 * Memory that frames are read into and looked at in, used again and again: with new memory for each read, V8 searches its
 * whole heap after every 64 MB that have come, which is several times a second, while all requests wait.
 */
export class FrameSlabs {
  readonly #visit: (frame: Frame) => Promise<void> | undefined
  readonly #free: Slab[] = []
  #slab = newSlab(slabBytes)
  /** What has been read and not yet visited: the beginning of a frame. */
  #from = 0
  #to = 0
  #needed = 0

  /** @param visit may look at a frame's payload until the promise that it returns is settled; without one, until it returns */
  constructor(visit: (frame: Frame) => Promise<void> | undefined) {
    this.#visit = visit
  }

  /** Where the next bytes are to be written, from its start on. */
  room(): Buffer {
    if (this.#from === this.#to && this.#slab.users === 0) this.#from = this.#to = 0
    const left = this.#slab.bytes.length - this.#to
    const missing = this.#needed - (this.#to - this.#from)
    if (left < leastRoomBytes || left < missing) this.#change()
    return this.#slab.bytes.subarray(this.#to)
  }

  /** @param length of what was written into {@link room}, in bytes; @throws RangeError as `cutFrames` */
  wrote(length: number): void {
    this.#to += length
    if (this.#to - this.#from < this.#needed) return
    const { end, needed } = cutFrames(this.#slab.bytes.subarray(this.#from, this.#to), (frame) =>
      this.#look(frame),
    )
    this.#from += end
    this.#needed = needed
  }

  #look(frame: Frame): void {
    const seen = this.#visit(frame)
    if (seen === undefined) return
    const slab = this.#slab
    slab.users += 1
    const release = () => {
      slab.users -= 1
      if (slab.users === 0 && slab !== this.#slab) this.#keep(slab)
    }
    seen.then(release, release)
  }

  /** Goes on in another slab, into which the beginning of a frame is moved. */
  #change(): void {
    const last = this.#slab
    const begun = last.bytes.subarray(this.#from, this.#to)
    const fits = Math.max(begun.length, this.#needed) + leastRoomBytes <= slabBytes
    this.#slab = (fits && this.#free.pop()) || newSlab(fits ? slabBytes : this.#needed + leastRoomBytes)
    this.#slab.bytes.set(begun)
    this.#from = 0
    this.#to = begun.length
    if (last.users === 0) this.#keep(last)
  }

  #keep(slab: Slab): void {
    if (slab.bytes.length === slabBytes && this.#free.length < keptSlabs) this.#free.push(slab)
  }
}

/** Not from Node's pool: its start is aligned for every type of numbers. */
const newSlab = (bytes: number): Slab => ({ bytes: Buffer.allocUnsafeSlow(bytes), users: 0 })
