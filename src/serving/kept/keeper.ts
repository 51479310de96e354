import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeRows, type RowBatch, sliceRows } from '../row-batch.js'
import { type Answered, type Answerer, encodeBlock, type KeptPrediction, openBlock } from './block.js'
import { TokenBucket } from './token-bucket.js'

/** How much of a model's answers is kept, for how long. */
export interface KeepPolicy {
  readonly perSecond: number
  readonly days: number
  readonly maxBytes: number
}

export const defaultKeepPolicy: KeepPolicy = { perSecond: 1_000, days: 7, maxBytes: 1024 ** 3 }

export interface BlockStore {
  insert(block: {
    id: string
    model: string
    version: number
    isShadow: boolean
    rows: number
    block: Buffer
  }): Promise<void>
  find(ids: readonly string[]): Promise<readonly { id: string; block: Buffer }[]>
}

const rowsPerBlock = 1_000
const sealAfterMs = 1_000
const burstSeconds = 10
const retryAfterMs = 1_000
const closeLimitMs = 5_000
/** Another api writes its blocks within this time: an id as young as that is looked for once more. */
const othersWriteWithinMs = 2_000

interface Block {
  readonly id: string
  readonly answerer: Answerer
  readonly answered: Answered[]
  rows: number
  bytes: number
  readonly timer: NodeJS.Timeout
  /** Set when it takes no more rows. */
  sealed: Promise<Buffer> | null
}

/**
 * Keeps what was answered, for feedback that comes later: rows are collected in memory and written in blocks
 * behind the answers. What goes beyond a model's rate or the memory bound is not kept, has no id, and is counted.
 */
export class PredictionKeeper {
  readonly #store: BlockStore
  readonly #maxBytes: number
  readonly #onError: (error: unknown) => void
  /** Open and sealed blocks, by id, until they are written. */
  readonly #blocks = new Map<string, Block>()
  /** The block that takes an answerer's next rows. */
  readonly #open = new Map<string, Block>()
  readonly #buckets = new Map<string, { bucket: TokenBucket; perSecond: number }>()
  readonly #counts = { kept: 0, overRate: 0, overMemory: 0, lost: 0 }
  #bytes = 0
  #writing: Promise<void> | null = null
  #isClosing = false

  constructor({
    store,
    onError,
    maxBytes = 64 * 1024 * 1024,
  }: {
    store: BlockStore
    /** Told of writes that failed; they are tried again. */
    onError: (error: unknown) => void
    maxBytes?: number
  }) {
    this.#store = store
    this.#onError = onError
    this.#maxBytes = maxBytes
  }

  /** Rows kept and rows dropped, by reason, since the start; and the memory that waits to be written. */
  get counts(): Readonly<Record<'kept' | 'overRate' | 'overMemory' | 'lost' | 'waitingBytes', number>> {
    return { ...this.#counts, waitingBytes: this.#bytes }
  }

  /** Takes rows and their answers. @returns an id for each row, null where it is not kept */
  keep(
    answerer: Answerer,
    {
      rows,
      lines,
      policy,
      shadowedIds,
    }: {
      rows: RowBatch
      lines: readonly string[]
      policy: KeepPolicy
      /** As {@link Answered.shadowedIds}. */
      shadowedIds?: readonly (string | null)[]
    },
  ): readonly (string | null)[] {
    const granted = this.#grant(budgetOf(answerer), policy, rows.rows)
    const ids: (string | null)[] = []
    for (let start = 0; start < granted; ) {
      const block = this.#blockFor(answerer)
      const end = Math.min(granted, start + rowsPerBlock - block.rows)
      const part = encodeRows(sliceRows(rows, start, end))
      const bytes = part.length + lines.slice(start, end).reduce((sum, line) => sum + line.length, 0)
      if (this.#bytes + bytes > this.#maxBytes) {
        this.#counts.overMemory += granted - start
        break
      }
      for (let row = start; row < end; row += 1) ids.push(`${block.id}.${block.rows + row - start}`)
      const own = { rows: part, lines: lines.slice(start, end), at: Date.now() }
      const shadowed = shadowedIds && { shadowedIds: shadowedIds.slice(start, end) }
      this.#append(block, { ...own, ...shadowed }, bytes)
      start = end
    }
    this.#counts.kept += ids.length
    return [...ids, ...new Array<null>(rows.rows - ids.length).fill(null)]
  }

  /** Finds kept predictions by id, those that are still in memory too; ids that are not found are left out. */
  async find(ids: readonly string[]): Promise<ReadonlyMap<string, KeptPrediction>> {
    const found = await this.#findNow(ids)
    const missing = ids.filter((id) => !found.has(id))
    if (!missing.some((id) => ageMs(id) < othersWriteWithinMs)) return found
    await sleep(othersWriteWithinMs)
    return new Map([...found, ...(await this.#findNow(missing))])
  }

  /** Writes everything that is in memory. */
  async flush(): Promise<void> {
    for (const block of [...this.#open.values()]) this.#seal(block)
    await this.#writing
  }

  /** As {@link flush}, for 5 s at most; what could not be written then is counted as lost. */
  async close(): Promise<void> {
    this.#isClosing = true
    const limit = new AbortController()
    await Promise.race([this.flush(), sleep(closeLimitMs, null, { signal: limit.signal }).catch(() => null)])
    limit.abort()
    for (const block of this.#blocks.values()) this.#counts.lost += block.rows
    this.#blocks.clear()
  }

  #grant(budget: string, { perSecond }: KeepPolicy, rows: number): number {
    const now = performance.now()
    let entry = this.#buckets.get(budget)
    if (entry?.perSecond !== perSecond) {
      entry = { perSecond, bucket: new TokenBucket({ perSecond, burst: burstSeconds * perSecond, now }) }
      this.#buckets.set(budget, entry)
    }
    const granted = entry.bucket.take(rows, now)
    this.#counts.overRate += rows - granted
    return granted
  }

  #blockFor(answerer: Answerer): Block {
    const open = this.#open.get(keyOf(answerer))
    if (open) return open
    const id = `${Date.now().toString(36)}${randomBytes(8).toString('hex')}`
    const block: Block = {
      id,
      answerer,
      answered: [],
      rows: 0,
      bytes: 0,
      timer: setTimeout(() => this.#seal(block), sealAfterMs),
      sealed: null,
    }
    this.#blocks.set(id, block)
    this.#open.set(keyOf(answerer), block)
    return block
  }

  #append(block: Block, answered: Answered, bytes: number): void {
    block.answered.push(answered)
    block.rows += answered.lines.length
    block.bytes += bytes
    this.#bytes += bytes
    if (block.rows >= rowsPerBlock) this.#seal(block)
  }

  #seal(block: Block): void {
    clearTimeout(block.timer)
    this.#open.delete(keyOf(block.answerer))
    if (block.rows === 0) {
      this.#blocks.delete(block.id)
      return
    }
    block.sealed = encodeBlock(block.answerer, block.answered).then((bytes) => {
      this.#bytes += bytes.length - block.bytes
      block.bytes = bytes.length
      block.answered.length = 0
      return bytes
    })
    this.#writing ??= this.#write()
  }

  /** Writes sealed blocks in their order, each until it is written. */
  async #write(): Promise<void> {
    for (;;) {
      const block = [...this.#blocks.values()].find((candidate) => candidate.sealed !== null)
      if (block?.sealed == null) {
        this.#writing = null
        return
      }
      const { id, rows, answerer } = block
      const { model, version, shadowOf } = answerer
      try {
        await this.#store.insert({
          id,
          model,
          version,
          isShadow: shadowOf !== undefined,
          rows,
          block: await block.sealed,
        })
        this.#blocks.delete(id)
        this.#bytes -= block.bytes
      } catch (error) {
        this.#onError(error)
        if (this.#isClosing && this.#blocks.size === 0) return
        await sleep(retryAfterMs, null, { ref: false })
      }
    }
  }

  async #findNow(ids: readonly string[]): Promise<Map<string, KeptPrediction>> {
    const found = new Map<string, KeptPrediction>()
    const byBlock = new Map<string, string[]>()
    for (const id of ids) {
      const block = id.split('.')[0] as string
      const known = byBlock.get(block)
      if (known) known.push(id)
      else byBlock.set(block, [id])
    }
    const stored = new Map<string, Buffer>()
    for (const [id, block] of this.#blocks) {
      if (byBlock.has(id)) stored.set(id, await (block.sealed ?? encodeBlock(block.answerer, block.answered)))
    }
    const elsewhere = [...byBlock.keys()].filter((id) => !stored.has(id))
    for (const { id, block } of await this.#store.find(elsewhere)) stored.set(id, block)
    for (const [id, bytes] of stored) {
      const predictionAt = await openBlock(bytes)
      for (const wanted of byBlock.get(id) ?? []) {
        const prediction = predictionAt(rowOf(wanted))
        if (prediction) found.set(wanted, prediction)
      }
    }
    return found
  }
}

/** Answers that a block holds together. */
const keyOf = ({ model, version, sha256, shadowOf }: Answerer): string =>
  `${model}/${version}/${sha256}/${shadowOf ?? ''}`

/** Shadows have a rate of their own: they take none from predictions that were asked for. */
const budgetOf = ({ model, shadowOf }: Answerer): string =>
  shadowOf === undefined ? model : `${model}/shadow`

const rowOf = (id: string): number => {
  const row = id.split('.')[1] ?? ''
  return /^(0|[1-9]\d{0,2})$/.test(row) ? Number(row) : Number.NaN
}

/** By the time in front of a block's id; infinite for what is no id of ours. */
const ageMs = (id: string): number =>
  /^[0-9a-z]{8}[0-9a-f]{16}\.\d{1,3}$/.test(id) ? Date.now() - Number.parseInt(id.slice(0, 8), 36) : Infinity
