import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { DatasetDraft } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import type { Queries } from './database/database.js'
import { uploadParts, uploads } from './database/schema.js'
import { type DatasetVersion, insertDatasetVersion } from './datasets.js'
import { newId } from './ids.js'
import { getUpload, type Upload } from './uploads.js'

/** Notified with an upload's id when its completion has ended in one way or another. */
export const UPLOADS_CHANNEL = 'uploads'

/** A process that has not moved its lease on for so long is gone. */
const LEASE_MS = 15_000
const HOLD_MS = 5_000
const lease = sql`now() + make_interval(secs => ${LEASE_MS / 1000})` as never

/** The right to complete an upload: one request of all apis has it at a time. */
export interface UploadClaim {
  readonly upload: Upload
  /** @throws FlywheelError conflict when the upload was aborted, or the process has slept through its lease */
  check(): void
  /** Asks the database too. @throws as `check` */
  confirm(): Promise<void>
  /** Notes that the bytes of these parts stand in the whole file. */
  noteJoined(parts: readonly { number: number; position: number }[]): Promise<void>
  /** Notes that a part has a file of its own again. */
  noteSplit(part: { number: number; file: string }): Promise<void>
  /**
   * Publishes what came of it, in one transaction with the upload's end.
   *
   * @returns null when another version has come after `after`
   * @throws FlywheelError conflict when the upload was aborted
   */
  publish(result: {
    draft: DatasetDraft
    after?: number
    expirySeconds: number
  }): Promise<DatasetVersion | null>
  /** Lets go of it. Does nothing where it was published or aborted. */
  release(): Promise<void>
}

/** @returns null while another request completes it, and where it is complete */
export async function claimUpload(db: Queries, id: string): Promise<UploadClaim | null> {
  const token = newId()
  let heldUntil = performance.now() + LEASE_MS
  const isFree = or(isNull(uploads.leaseUntil), lt(uploads.leaseUntil, sql`now()`))
  const [taken] = await db
    .update(uploads)
    .set({ token, leaseUntil: lease })
    .where(and(eq(uploads.id, id), isNull(uploads.version), isFree))
    .returning({ id: uploads.id })
  if (taken === undefined) return null
  const isMine = and(eq(uploads.id, id), eq(uploads.token, token), isNull(uploads.version))

  let isLost = false
  const hold = async () => {
    const asked = performance.now()
    const held = await db.update(uploads).set({ leaseUntil: lease }).where(isMine).returning()
    if (held.length === 0) isLost = true
    else heldUntil = asked + LEASE_MS
  }
  const upload = await getUpload(db, id)
  // A database that does not answer ends the claim by time.
  const timer = setInterval(() => void hold().catch(() => {}), HOLD_MS).unref()
  const mineOnly = sql`exists (select from uploads u where u.id = ${id} and u.token = ${token})`

  const check = () => {
    if (isLost || performance.now() > heldUntil) throw lost(id)
  }
  return {
    upload,
    check,
    async confirm() {
      await hold()
      check()
    },
    async noteJoined(parts) {
      const { rows } = (await db.execute(sql`
        update upload_parts set file = null, position = joined.position
        from jsonb_to_recordset(${JSON.stringify(parts)}::jsonb) as joined (number integer, position bigint)
        where upload = ${id} and upload_parts.number = joined.number and ${mineOnly}
        returning upload_parts.number
      `)) as unknown as { rows: unknown[] }
      if (rows.length !== parts.length) throw lost(id)
    },
    async noteSplit({ number, file }) {
      const noted = await db
        .update(uploadParts)
        .set({ file, position: null })
        .where(and(eq(uploadParts.upload, id), eq(uploadParts.number, number), mineOnly))
        .returning({ number: uploadParts.number })
      if (noted.length === 0) throw lost(id)
    },
    async publish({ expirySeconds, ...version }) {
      return db.transaction(async (tx) => {
        const row = await insertDatasetVersion(tx, { dataset: upload.dataset, ...version })
        if (row === null) return null
        const [ended] = await tx
          .update(uploads)
          .set({
            version: row.version,
            token: null,
            leaseUntil: null,
            expiresAt: sql`now() + make_interval(secs => ${expirySeconds})` as never,
          })
          .where(isMine)
          .returning({ id: uploads.id })
        if (ended === undefined) throw lost(id)
        return row
      })
    },
    async release() {
      clearInterval(timer)
      await db.update(uploads).set({ token: null, leaseUntil: null }).where(isMine)
      await db.execute(sql`select pg_notify(${UPLOADS_CHANNEL}, ${id})`)
    },
  }
}

const lost = (id: string): FlywheelError =>
  new FlywheelError('conflict', `The upload ${id} was aborted, or another request completes it now`, {
    remedy: 'Ask for the upload to see what became of it',
  })
