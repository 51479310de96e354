import { and, asc, desc, eq, inArray, lt, lte, sql } from 'drizzle-orm'
import type { Queries } from './database/database.js'
import { predictionBlocks } from './database/schema.js'

/** Up to 1,000 kept predictions of one version, compressed. */
export interface StoredBlock {
  readonly id: string
  readonly model: string
  readonly version: number
  /** Whether the version was a shadow: nobody was given its answers. */
  readonly isShadow: boolean
  readonly rows: number
  readonly block: Buffer
}

/** A second insert of the same block changes nothing: a write whose answer was lost is simply tried again. */
export async function insertBlock(db: Queries, block: StoredBlock): Promise<void> {
  await db
    .insert(predictionBlocks)
    .values({ ...block, sizeBytes: block.block.length })
    .onConflictDoNothing()
}

export async function findBlocks(db: Queries, ids: readonly string[]): Promise<readonly Block[]> {
  if (ids.length === 0) return []
  return db
    .select({ id: predictionBlocks.id, block: predictionBlocks.block })
    .from(predictionBlocks)
    .where(inArray(predictionBlocks.id, [...ids]))
}

type Block = Pick<StoredBlock, 'id' | 'block'>

/**
 * A model's blocks, the latest first: their ids begin with the time.
 *
 * @param options.upTo the id of the first block to give; undefined: the latest
 * @param options.limit rows that are wanted: no more blocks than hold them, and one
 */
export async function listBlocks(
  db: Queries,
  {
    model,
    version,
    isShadow,
    upTo,
    limit,
  }: {
    model: string
    version?: number | undefined
    isShadow?: boolean | undefined
    upTo?: string | undefined
    limit: number
  },
): Promise<readonly (Block & { readonly rows: number })[]> {
  const { id, rows } = predictionBlocks
  const wanted = and(
    eq(predictionBlocks.model, model),
    version === undefined ? undefined : eq(predictionBlocks.version, version),
    isShadow === undefined ? undefined : eq(predictionBlocks.isShadow, isShadow),
    upTo === undefined ? undefined : lte(id, upTo),
  )
  const sizes = await db
    .select({ id, rows })
    .from(predictionBlocks)
    .where(wanted)
    .orderBy(desc(id))
    .limit(limit + 1)
  let counted = 0
  const enough = sizes.findIndex((block, at) => {
    // The first block may have been given in part.
    if (at > 0) counted += block.rows
    return counted > limit
  })
  const needed = enough === -1 ? sizes : sizes.slice(0, enough + 1)
  const found = await findBlocks(
    db,
    needed.map((block) => block.id),
  )
  const byId = new Map(found.map((block) => [block.id, block]))
  // A block may have been removed in between.
  return needed.flatMap((block) => {
    const read = byId.get(block.id)
    return read ? [{ ...read, rows: block.rows }] : []
  })
}

/** Models that have kept predictions. */
export async function modelsWithBlocks(db: Queries): Promise<readonly string[]> {
  const rows = await db.selectDistinct({ model: predictionBlocks.model }).from(predictionBlocks)
  return rows.map((row) => row.model)
}

/** Removes a model's blocks that are too old, then the oldest until the rest fits. @returns how many blocks went */
export async function pruneBlocks(
  db: Queries,
  { model, before, maxBytes }: { model: string; before: Date; maxBytes: number },
): Promise<number> {
  const ofModel = eq(predictionBlocks.model, model)
  const old = await db
    .delete(predictionBlocks)
    .where(and(ofModel, lt(predictionBlocks.createdAt, before)))
    .returning({ id: predictionBlocks.id })
  const blocks = await db
    .select({ id: predictionBlocks.id, sizeBytes: predictionBlocks.sizeBytes })
    .from(predictionBlocks)
    .where(ofModel)
    .orderBy(asc(predictionBlocks.createdAt))
  let excess = blocks.reduce((sum, block) => sum + block.sizeBytes, 0) - maxBytes
  const surplus: string[] = []
  for (const block of blocks) {
    if (excess <= 0) break
    surplus.push(block.id)
    excess -= block.sizeBytes
  }
  if (surplus.length > 0) {
    await db.delete(predictionBlocks).where(sql`${predictionBlocks.id} = any(${sql.param(surplus)}::text[])`)
  }
  return old.length + surplus.length
}
