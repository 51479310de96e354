import { deserialize, serialize } from 'node:v8'
import type { RowError } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { RunContext } from '../../contracts/job.js'
import type { AppendCells } from '../../datasets/add-columns.js'

/** What an interrupted job answers again at most. */
const SAVED_EVERY_MS = 10_000
/** Cells that are held in memory until they are saved. */
const HELD_CELLS = 2 ** 20

type Cells = Parameters<AppendCells>[0]

/** Rows that have no answer: how many, and the first of them. */
export interface WithoutAnswer {
  readonly rows: number
  readonly listed: readonly RowError[]
}

/** Answers to rows in their order: each list of cells is one block’s. */
interface Segment {
  readonly blocks: readonly Cells[]
  readonly without: readonly WithoutAnswer[]
}

/**
 * Keeps a job's answers while it runs, so that it goes on behind them when its process has ended: a checkpoint names the
 * blobs that hold them. Nothing else names those, and clean-up takes them when the job has ended.
 */
export class AnsweredRows {
  readonly #context: Pick<RunContext, 'artifacts' | 'checkpoints' | 'signal'>
  #segments: string[] = []
  #blocks: Cells[] = []
  #without: WithoutAnswer[] = []
  #cells = 0
  #savedAt = performance.now()

  constructor(context: Pick<RunContext, 'artifacts' | 'checkpoints' | 'signal'>) {
    this.#context = context
  }

  /**
   * Gives what an earlier process has answered, from the first row on, as far as it can be read.
   *
   * @returns how many rows that are
   */
  async restore(
    take: (cells: Cells) => void,
    takeWithout: (without: WithoutAnswer) => void,
  ): Promise<number> {
    const { artifacts, checkpoints } = this.#context
    const { segments = [] } = ((await checkpoints.latest())?.meta ?? {}) as { segments?: readonly string[] }
    let rows = 0
    for (const sha256 of segments) {
      const bytes = await artifacts.read(sha256).catch((error: unknown) => {
        if (error instanceof FlywheelError) return null
        throw error
      })
      if (bytes === null) break
      const { blocks, without } = deserialize(bytes) as Segment
      for (const cells of blocks) {
        take(cells)
        rows += cells[0]?.length ?? 0
      }
      for (const each of without) takeWithout(each)
      this.#segments.push(sha256)
    }
    return rows
  }

  /** Adds the answers to the next rows, and saves what is held where it is time. */
  async add(cells: Cells, without: WithoutAnswer): Promise<void> {
    this.#blocks.push(cells)
    if (without.rows > 0) this.#without.push(without)
    this.#cells += cells.length * (cells[0]?.length ?? 0)
    const isLate = performance.now() - this.#savedAt >= SAVED_EVERY_MS
    if (isLate || this.#cells >= HELD_CELLS || this.#context.signal.reason === 'shutdown') await this.#save()
  }

  async #save(): Promise<void> {
    const { artifacts, checkpoints } = this.#context
    const segment: Segment = { blocks: this.#blocks, without: this.#without }
    const { sha256 } = await artifacts.put(serialize(segment))
    this.#segments.push(sha256)
    await checkpoints.save({ meta: { segments: this.#segments }, tensors: new Uint8Array(0) })
    this.#blocks = []
    this.#without = []
    this.#cells = 0
    this.#savedAt = performance.now()
  }
}
