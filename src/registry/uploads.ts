import { and, asc, desc, eq, getTableColumns, isNull, lt, ne, or, sql } from 'drizzle-orm'
import { FlywheelError } from '../contracts/errors.js'
import type { Queries } from './database/database.js'
import { uploadParts, uploads } from './database/schema.js'
import { type Page, pageOf, readCursor } from './paging.js'

/** A file that arrives in parts; its bytes stand in the artifact store until it is completed, aborted or expires. */
export interface Upload extends Stored {
  /** Whether a request that completes it is at work. */
  readonly isCompleting: boolean
  readonly receivedParts: number
  readonly receivedBytes: number
}
type Stored = typeof uploads.$inferSelect
export type UploadPart = typeof uploadParts.$inferSelect

const columns = {
  ...getTableColumns(uploads),
  isCompleting: sql<boolean>`coalesce(lease_until > now(), false)`,
  receivedParts: sql<number>`(select count(*)::int from upload_parts p where p.upload = uploads.id)`,
  receivedBytes: sql<number>`
    (select coalesce(sum(p.size_bytes), 0)::float8 from upload_parts p where p.upload = uploads.id)`,
}
const expiry = (seconds: number) => sql`now() + make_interval(secs => ${seconds})` as never

/** Stores a new upload; with an id that exists already, the stored one is given back. */
export async function insertUpload(
  db: Queries,
  {
    expirySeconds,
    ...upload
  }: Pick<Stored, 'id' | 'dataset' | 'append' | 'options' | 'sizeBytes' | 'sha256'> & {
    expirySeconds: number
  },
): Promise<Upload> {
  await db
    .insert(uploads)
    .values({ ...upload, expiresAt: expiry(expirySeconds) })
    .onConflictDoNothing()
  return getUpload(db, upload.id)
}

/** @throws FlywheelError not-found */
export async function getUpload(db: Queries, id: string): Promise<Upload> {
  const [row] = await db.select(columns).from(uploads).where(eq(uploads.id, id))
  if (row === undefined) throw unknownUpload(id)
  return row
}

/** Newest first: ids are in the order of their making. */
export async function listUploads(
  db: Queries,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<Upload>> {
  const rows = await db
    .select(columns)
    .from(uploads)
    .where(cursor === undefined ? undefined : lt(uploads.id, readCursor(cursor)))
    .orderBy(desc(uploads.id))
    .limit(limit + 1)
  return pageOf(rows, { limit, key: ({ id }) => id })
}

/** What has arrived, by number. */
export const partsOfUpload = (db: Queries, id: string): Promise<UploadPart[]> =>
  db.select().from(uploadParts).where(eq(uploadParts.upload, id)).orderBy(asc(uploadParts.number))

export async function findPart(
  db: Queries,
  { upload, number }: { upload: string; number: number },
): Promise<UploadPart | undefined> {
  const [part] = await db
    .select()
    .from(uploadParts)
    .where(and(eq(uploadParts.upload, upload), eq(uploadParts.number, number)))
  return part
}

/** @throws FlywheelError conflict unless parts may come in and the upload may be completed */
export function checkOpen({ id, version, dataset, isCompleting }: Upload): void {
  if (version !== null) {
    throw new FlywheelError('conflict', `The upload ${id} is complete: it became ${dataset}@${version}`, {
      remedy: 'Start another upload',
    })
  }
  if (isCompleting) {
    throw new FlywheelError('conflict', `The upload ${id} is being completed`, {
      remedy: 'Wait until that has ended; ask for the upload to see what became of it',
      retryAfterSeconds: 5,
    })
  }
}

/**
 * Bytes of all parts but one.
 *
 * @param options.number the part that is left out
 */
export async function bytesBeside(
  db: Queries,
  { upload, number }: { upload: string; number: number },
): Promise<number> {
  const [sum] = await db
    .select({ bytes: sql<number>`coalesce(sum(size_bytes), 0)::float8` })
    .from(uploadParts)
    .where(and(eq(uploadParts.upload, upload), ne(uploadParts.number, number)))
  return sum?.bytes ?? 0
}

/**
 * Takes a part in whose file is durable; the upload expires later from now on.
 *
 * @param options.check is told the bytes of all parts with this one, and throws when they are too many
 * @returns the name of the file that this one replaces; null when there was none
 * @throws FlywheelError not-found, conflict when it is completed meanwhile
 */
export async function keepPart(
  db: Queries,
  {
    part,
    expirySeconds,
    check,
  }: {
    part: { upload: string; number: number; sizeBytes: number; sha256: string; file: string }
    expirySeconds: number
    check: (bytes: number) => void
  },
): Promise<{ kept: UploadPart; replacedFile: string | null }> {
  const { upload, number } = part
  return db.transaction(async (tx) => {
    await tx.execute(sql`select from uploads where id = ${upload} for update`)
    checkOpen(await getUpload(tx, upload))
    check((await bytesBeside(tx, part)) + part.sizeBytes)
    const isThisPart = and(eq(uploadParts.upload, upload), eq(uploadParts.number, number))
    const [former] = await tx.delete(uploadParts).where(isThisPart).returning()
    const [kept] = await tx.insert(uploadParts).values(part).returning()
    await tx
      .update(uploads)
      .set({ expiresAt: expiry(expirySeconds) })
      .where(eq(uploads.id, upload))
    return { kept: kept as UploadPart, replacedFile: former?.file ?? null }
  })
}

/**
 * Forgets an upload and its parts, also while it is being completed: then nothing comes of that.
 *
 * @throws FlywheelError not-found; conflict when it is complete
 */
export async function removeUpload(db: Queries, id: string): Promise<void> {
  const removed = await db
    .delete(uploads)
    .where(and(eq(uploads.id, id), isNull(uploads.version)))
    .returning({ id: uploads.id })
  if (removed.length > 0) return
  const { dataset, version } = await getUpload(db, id)
  throw new FlywheelError('conflict', `The upload ${id} is complete: it became ${dataset}@${version}`, {
    remedy: 'Remove the dataset instead',
  })
}

/** Forgets uploads whose time is over, completed ones too. */
export async function removeExpiredRows(db: Queries): Promise<void> {
  const isIdle = or(isNull(uploads.leaseUntil), lt(uploads.leaseUntil, sql`now()`))
  await db.delete(uploads).where(and(lt(uploads.expiresAt, sql`now()`), isIdle))
}

const unknownUpload = (id: string): FlywheelError =>
  new FlywheelError('not-found', `There is no upload ${id}`, {
    remedy: 'Start it again; an upload that nobody goes on with expires',
  })
