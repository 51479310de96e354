import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { AliasState } from '../../contracts/alias.js'
import type { DatasetColumn, DatasetPart, ValidationReport } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { JobOutput, JobProgress, Plan } from '../../contracts/job.js'
import type { MemoryFigures } from '../../contracts/memory.js'
import type { VersionOrigin } from '../../contracts/origin.js'
import type { ServingSettings } from '../../contracts/serving-settings.js'
import type { Label } from '../../contracts/task.js'
import type { ChainStep } from '../../contracts/transform.js'

const bytes = customType<{ data: Buffer; driverData: Buffer | Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => Buffer.from(value),
})
/** As drizzle's own, which would read the stored text "7" back as the number 7. */
const jsonColumn = (dataType: 'json' | 'jsonb') =>
  customType<{ data: unknown; driverData: unknown }>({
    dataType: () => dataType,
    toDriver: (value) => {
      const text = JSON.stringify(value)
      if (!/(^|[^\\])(\\\\)*\\u0000/.test(text)) return text
      throw new FlywheelError('request-invalid', 'A text holds a NUL character, which can not be stored')
    },
    fromDriver: (value) => value,
  })
/** Documents that a user reads: members keep their order. */
const json = jsonColumn('json')
/** What queries look into; members stand in no order. */
const jsonb = jsonColumn('jsonb')
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const created = () => time('created_at').notNull().defaultNow()

export const datasetVersions = pgTable(
  'dataset_versions',
  {
    dataset: text().notNull(),
    version: integer().notNull(),
    rows: bigint({ mode: 'number' }).notNull(),
    /** Bytes of the file as it was uploaded; the parts' own sizes stand in `parts`. */
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    /** Of the uploaded bytes; for appended versions of the parts' hashes. */
    sha256: text().notNull(),
    columns: json().$type<DatasetColumn[]>().notNull(),
    parts: jsonb().$type<DatasetPart[]>().notNull(),
    report: json().$type<ValidationReport>().notNull(),
    /** Of the request that uploaded it: repeated, it makes nothing twice. */
    creationId: text('creation_id'),
    createdAt: created(),
  },
  (table) => [
    primaryKey({ columns: [table.dataset, table.version] }),
    uniqueIndex('dataset_versions_creation').on(table.creationId),
  ],
)

/** Uploads in parts: from their start until they expire, a while after they were completed. */
export const uploads = pgTable('uploads', {
  id: text().primaryKey(),
  dataset: text().notNull(),
  /** Whether the rows are added to the dataset's latest version. */
  append: boolean().notNull(),
  options: json().$type<Record<string, unknown>>().notNull(),
  /** Of the whole file, where the client has said them at the start. */
  sizeBytes: bigint('size_bytes', { mode: 'number' }),
  sha256: text(),
  /** The request that completes it, and until when it is taken to be alive. */
  token: text(),
  leaseUntil: time('lease_until'),
  /** Of the dataset, once it is complete. */
  version: integer(),
  expiresAt: time('expires_at').notNull(),
  createdAt: created(),
})

export const uploadParts = pgTable(
  'upload_parts',
  {
    upload: text()
      .notNull()
      .references(() => uploads.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    sha256: text().notNull(),
    /** Its file's name; null once its bytes stand in the upload's whole file. */
    file: text(),
    /** Where in the whole file; null while it has a file of its own. */
    position: bigint({ mode: 'number' }),
    arrivedAt: time('arrived_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.upload, table.number] })],
)

/** Saved preprocessing: steps that are not fitted. Of a removed version the row stays, so that its number is not given again. */
export const chainVersions = pgTable(
  'chain_versions',
  {
    chain: text().notNull(),
    version: integer().notNull(),
    /** Null once it is removed. */
    steps: json().$type<ChainStep[]>(),
    createdAt: created(),
  },
  (table) => [primaryKey({ columns: [table.chain, table.version] })],
)

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
/** With the figures of an error about memory. */
export interface JobError extends Partial<MemoryFigures> {
  readonly stage: string
  readonly code: string
  readonly detail: string
  readonly remedy: string
  readonly log: readonly string[]
}

export const jobs = pgTable(
  'jobs',
  {
    id: text().primaryKey(),
    type: text().notNull(),
    state: text().$type<JobState>().notNull(),
    /** The model that it makes or works on, and the dataset that it needs, for "in use" answers. */
    model: text(),
    dataset: text(),
    /** The job that this one is a part of. */
    parent: text(),
    /** Whether it is made of others. */
    hasChildren: boolean('has_children').notNull().default(false),
    specification: json().notNull(),
    blobs: jsonb().$type<Record<string, string>>().notNull(),
    plan: json().$type<Plan>().notNull(),
    progress: json().$type<JobProgress>(),
    result: json().$type<Record<string, unknown>>(),
    error: json().$type<JobError>(),
    output: jsonb().$type<JobOutput>(),
    /** Events that the job has had: the sequence number of the last one. */
    eventCount: integer('event_count').notNull().default(0),
    cancelRequestedAt: time('cancel_requested_at'),
    createdAt: created(),
    startedAt: time('started_at'),
    endedAt: time('ended_at'),
  },
  (table) => [
    index('jobs_state').on(table.state),
    index('jobs_parent').on(table.parent),
    /** One update at a time for each model: a second one is refused where its row is inserted. */
    uniqueIndex('jobs_one_update')
      .on(table.model)
      .where(sql`type = 'update' and state in ('queued', 'running')`),
  ],
)

export const jobEvents = pgTable(
  'job_events',
  {
    job: text().notNull(),
    sequence: integer().notNull(),
    kind: text().notNull(),
    data: json().notNull(),
    createdAt: created(),
  },
  (table) => [primaryKey({ columns: [table.job, table.sequence] })],
)

export const modelVersions = pgTable(
  'model_versions',
  {
    model: text().notNull(),
    version: integer().notNull(),
    task: text().notNull(),
    target: text().notNull(),
    classes: jsonb().$type<Label[]>().notNull(),
    /** Null, as its dataset, for a version that was imported: `origins` says where from. */
    job: text(),
    dataset: text(),
    datasetVersion: integer('dataset_version'),
    parent: integer(),
    /** The instances that it came through, the last one first. */
    origins: jsonb().$type<VersionOrigin[]>().notNull().default([]),
    /** Of the request that imported it: repeated, it imports nothing twice. */
    importId: text('import_id'),
    sha256: text().notNull(),
    /** Over number and sha256; see `src/registry/signing/`. */
    signature: text(),
    /** The public key. */
    signedBy: text('signed_by'),
    reportSha256: text('report_sha256').notNull(),
    blobs: jsonb().$type<string[]>().notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    metrics: json().$type<Record<string, number | null>>().notNull(),
    /** Evaluations of this version on other datasets, kept by `evaluate` jobs: [{ job, dataset, sha256 }]. */
    evaluations: jsonb().$type<{ job: string; dataset: string; sha256: string }[]>().notNull().default([]),
    createdAt: created(),
  },
  (table) => [
    primaryKey({ columns: [table.model, table.version] }),
    index('model_versions_sha256').on(table.sha256),
    uniqueIndex('model_versions_import').on(table.importId),
    /** `not valid` in the migration: rows from before are signed when the instance’s key is made. */
    check('model_versions_signed', sql`signature is not null and signed_by is not null`),
  ],
)

/** One row a model: its next version number (never given twice), and its update policy. */
export const models = pgTable('models', {
  name: text().primaryKey(),
  lastVersion: integer('last_version').notNull().default(0),
  /** From the last training job: { everyLabels } or null. */
  updatePolicy: jsonb('update_policy').$type<{ everyLabels: number } | null>(),
  keepPredictions: jsonb('keep_predictions').$type<
    { perSecond: number; days: number; maxBytes: number } | false | null
  >(),
  /** How it is served; null for the defaults. */
  serving: jsonb().$type<ServingSettings | null>(),
  createdAt: created(),
})

export const aliases = pgTable(
  'aliases',
  {
    model: text().notNull(),
    alias: text().notNull(),
    /** Of a split: the one that carries most. */
    version: integer().notNull(),
    /** Percent of the requests by version, 100 together; null where one version answers all. */
    weights: jsonb().$type<Record<string, number> | null>(),
    /** The request header, in lower case, whose value always meets the same version of a split. */
    stickyBy: text('sticky_by'),
    /** The version that gets a copy of the requests. */
    shadow: integer(),
    changedAt: time('changed_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.model, table.alias] })],
)

/** What aliases have stood for; a removed model's go with it. */
export const aliasChanges = pgTable(
  'alias_changes',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    model: text().notNull(),
    alias: text().notNull(),
    /** Null: there was no such alias before, or there is none since. */
    before: jsonb().$type<AliasState | null>(),
    after: jsonb().$type<AliasState | null>(),
    /** The job that promoted a version; null for a request. */
    job: text(),
    changedAt: time('changed_at').notNull().defaultNow(),
  },
  (table) => [index('alias_changes_alias').on(table.model, table.alias, table.id)],
)

/** One label; `sequence` orders the labels of all models; state `pending` until a promoted update has learnt from it. */
export const feedback = pgTable(
  'feedback',
  {
    sequence: bigserial({ mode: 'number' }).primaryKey(),
    model: text().notNull(),
    /** `p:<predictionId>` or `f:<hash of features and label>`: the same label sent twice is one row. */
    dedupKey: text('dedup_key').notNull(),
    predictionId: text('prediction_id'),
    /** The version that answered, when it is known. */
    version: integer(),
    features: json().$type<Record<string, unknown>>().notNull(),
    label: jsonb().$type<Label>().notNull(),
    state: text().$type<'pending' | 'learnt' | 'rejected'>().notNull().default('pending'),
    createdAt: created(),
  },
  (table) => [
    index('feedback_model').on(table.model, table.state, table.sequence),
    uniqueIndex('feedback_dedup').on(table.model, table.dedupKey),
  ],
)

/** Kept predictions: one compressed block of up to 1,000; a prediction's id is `<block>.<row>`. */
export const predictionBlocks = pgTable(
  'prediction_blocks',
  {
    id: text().primaryKey(),
    model: text().notNull(),
    /** The version that answered; null in blocks from before it was kept here. */
    version: integer(),
    isShadow: boolean('is_shadow').notNull().default(false),
    rows: integer().notNull(),
    /** Stored as it is (`storage external`), which drizzle has no word for: the migration says it. */
    block: bytes().notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    createdAt: created(),
  },
  (table) => [index('prediction_blocks_model').on(table.model, table.createdAt)],
)

export const keys = pgTable('keys', {
  id: text().primaryKey(),
  name: text().notNull(),
  /** sha256 of the key, hex. */
  digest: text().notNull(),
  scopes: jsonb().$type<string[]>().notNull(),
  perMinute: integer('per_minute'),
  createdAt: created(),
  revokedAt: time('revoked_at'),
})

/** What the instance signs versions with; the last one that was made is in use. */
export const signingKeys = pgTable('signing_keys', {
  publicKey: text('public_key').primaryKey(),
  /** PKCS #8, PEM; null where a file holds it. */
  privateKey: text('private_key'),
  createdAt: created(),
})

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    key: text().primaryKey(),
    /** sha256 of method, route and body. */
    requestHash: text('request_hash').notNull(),
    /** Ids of what the request makes derive from it, so that a repeated try makes nothing twice. */
    token: text().notNull(),
    /** The first request is at work until then; its process moves it on while it lives. */
    leaseUntil: time('lease_until').notNull(),
    /** Null while the first request is still at work. */
    status: integer(),
    headers: json().$type<Record<string, string>>(),
    body: text(),
    createdAt: created(),
  },
  (table) => [index('idempotency_keys_created').on(table.createdAt)],
)

/** Small facts that the single writer keeps between starts, e.g. the queue event stream's last id. */
export const settings = pgTable('settings', { name: text().primaryKey(), value: jsonb().notNull() })
