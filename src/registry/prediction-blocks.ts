import { and, asc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Queries } from './database/database.js'
import { predictionBlocks } from './database/schema.js'

/** Up to 1,000 kept predictions of one version, compressed. */
export interface StoredBlock {
  readonly id: string
  readonly model: string
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

export async function findBlocks(db: Queries, ids: readonly string[]): Promise<readonly StoredBlock[]> {
  if (ids.length === 0) return []
  return db
    .select({
      id: predictionBlocks.id,
      model: predictionBlocks.model,
      rows: predictionBlocks.rows,
      block: predictionBlocks.block,
    })
    .from(predictionBlocks)
    .where(inArray(predictionBlocks.id, [...ids]))
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
