import type { Static, TSchema } from 'typebox'
import type { ChildJob, PlanChildren } from './children.js'
import type { DatasetDraft, DatasetSnapshot, TargetExamination, TargetQuestion } from './dataset.js'
import type { TensorFlow } from './family.js'
import type { MemoryDemand } from './memory.js'
import type { Label, MetricValue } from './task.js'
import type { ChainStep } from './transform.js'

/** What a job asks the registry while it is resolved, in the api. Each throws FlywheelError when there is no such thing. */
export interface RegistryLookup {
  /** `name` or `name@version`. */
  dataset(reference: string): Promise<DatasetSnapshot>
  /** Reads rows of a dataset for what a job should know about its target. */
  examineTarget(snapshot: DatasetSnapshot, question: TargetQuestion): Promise<TargetExamination>
  /** `name`, `name@version` or `name@alias`; without either, the champion. */
  version(reference: string): Promise<VersionSnapshot>
  /** What is known of a version, signed by this instance, for whoever imports it. */
  statement(reference: string): Promise<SignedStatement>
  /** The steps of a saved chain: `name` (its newest version) or `name@version`. */
  chain(reference: string): Promise<ChainSnapshot>
  /** Labels that an update has not learnt from yet, oldest first, as a blob of NDJSON; null when there are none. */
  pendingFeedback(model: string, options: { retry: boolean }): Promise<FeedbackSnapshot | null>
}

/** What a trainer needs to know of a published version. */
export interface VersionSnapshot {
  readonly model: string
  readonly version: number
  /** sha256 of its ModelManifest in the artifact store. */
  readonly sha256: string
  /** All its blobs, manifest and weights included: a job that reads them names them, so that they are kept. */
  readonly blobs: readonly string[]
  /** What it was trained on; null for a version that was imported. */
  readonly dataset: { readonly name: string; readonly version: number } | null
  readonly task: string
  readonly target: string
  readonly classes: readonly Label[]
}

/** Blobs by their sha256: a statement, and the signature over it. */
export interface SignedStatement {
  readonly statement: string
  readonly signature: string
}

/** A version of a saved chain of transforms. */
export interface ChainSnapshot {
  readonly name: string
  readonly version: number
  readonly steps: readonly ChainStep[]
}

export interface FeedbackSnapshot {
  readonly sha256: string
  readonly rows: number
  /** The last feedback row's sequence number in it. */
  readonly lastSequence: number
}

/** The plan of a job: what `?dryRun=true` answers, and what is checked before anything is queued. */
export interface Plan {
  /** Which rule chose what was not given: { task: "target species is text, so …" }. */
  readonly reasons: Readonly<Record<string, string>>
  /** Null when the network is only known to the job itself. */
  readonly parameters: number | null
  readonly memoryBytes: number
  readonly secondsEstimate: number | null
  readonly warnings: readonly { readonly code: string; readonly detail: string; readonly remedy: string }[]
}

export interface Resolved<Specification> {
  readonly specification: Specification
  /** The blobs that the trainer reads, by role; they are kept while the job lives. */
  readonly blobs: Readonly<Record<string, string>>
  readonly plan: Plan
  /** Where the job trains: what its memory depends on. */
  readonly memory?: MemoryDemand
}

/** The payload on the queue: small, serialisable, complete; checked again by the trainer. */
export interface JobData<Specification = unknown> {
  readonly jobId: string
  readonly type: string
  readonly specification: Specification
  readonly blobs: Readonly<Record<string, string>>
  /** The jobs that it is made of, without their results, which `RunContext.outputOf` gives. */
  readonly children?: readonly Omit<ChildJob, 'result'>[]
}

export interface JobProgress {
  readonly step: number
  readonly steps: number
  readonly epoch: number
  readonly metrics: Readonly<Record<string, number | null>>
  readonly secondsLeft: number | null
}

/** What a running job is given. */
export interface RunContext {
  /** Aborted on cancel, shutdown (`reason` "shutdown": checkpoint and stop) and lock loss. */
  readonly signal: AbortSignal
  readonly attempt: number
  progress(progress: JobProgress): void
  /** Kept as a job event of that kind. */
  event(kind: 'epoch' | 'log' | 'warning', data: unknown): void
  /** The job is ended when it holds more. */
  readonly memoryLimitBytes: number
  /** What the job is about to need, for the error should it be too much. */
  expectMemory(demand: MemoryDemand): void
  readonly artifacts: Artifacts
  readonly checkpoints: Checkpoints
  /** What another job has left; null when it has not succeeded. */
  outputOf(jobId: string): Promise<JobOutput | null>
  /** A folder on this machine's disk, for what does not fit in memory; it may not be there yet. */
  readonly scratchFolder: string
  /** Whether TensorFlow would compute on a GPU; it is loaded to find out, but only where the library has kernels for one. */
  hasGpu(): Promise<boolean>
  /** Loads TensorFlow into the process: once, with the determinism of the first call. */
  tensorflow(options: { deterministic: boolean }): Promise<TensorFlow>
}

/** Immutable blobs by sha256, as a job sees them. */
export interface Artifacts {
  put(bytes: Uint8Array): Promise<{ sha256: string; sizeBytes: number }>
  /** @throws FlywheelError artifact-damaged when the bytes do not have that hash */
  read(sha256: string): Promise<Buffer>
  /** A path for readers that want a file (Parquet); the file must not be changed. */
  path(sha256: string): string
  /** A path on the store's filesystem for what is being written, a folder too: finish a file with `adopt`, remove the rest. */
  temporaryPath(): string
  /** Moves a finished file in: hashed, made durable, named by its hash. */
  adopt(temporaryPath: string): Promise<{ sha256: string; sizeBytes: number }>
}

/** The checkpoints of one job: the newest undamaged one is given back; older ones are removed. */
export interface Checkpoints {
  save(state: { readonly meta: unknown; readonly tensors: Uint8Array }): Promise<void>
  latest(): Promise<{ readonly meta: unknown; readonly tensors: Buffer } | null>
}

/** A new version that the api is asked to publish with the job's success. */
export interface VersionDraft {
  readonly model: string
  readonly task: string
  readonly target: string
  readonly classes: readonly Label[]
  readonly dataset: { readonly name: string; readonly version: number }
  readonly parent: number | null
  /** The ModelManifest's hash. */
  readonly sha256: string
  /** All blobs that belong to the version, manifest and report included. */
  readonly blobs: readonly string[]
  readonly sizeBytes: number
  /** The headline metrics on the test rows, by name. */
  readonly metrics: Readonly<Record<string, MetricValue>>
  readonly reportSha256: string
  /** How the alias moves when the version is published; see PublishingDecision in the registry. */
  readonly deploy: DeployRequest
}

/**
 * `expected`: the version that the comparison was made with (null: the alias was not there); the alias moves only
 * while it still stands there. `any` moves it in every case.
 */
export type DeployRequest =
  | {
      readonly alias: string
      readonly move: true
      readonly expected: number | null | 'any'
      readonly reason: string
      readonly metrics: Readonly<Record<string, unknown>> | null
    }
  | {
      readonly alias: string
      readonly move: false
      readonly reason: string
      readonly metrics: Readonly<Record<string, unknown>> | null
    }

/** What a job leaves: written as `results/<jobId>/<attempt>.json` before it is returned through the queue. */
export interface JobOutput {
  readonly result: Readonly<Record<string, unknown>>
  readonly version?: VersionDraft
  /** A dataset's next version, stored with the job's success; the result's `output` names it. */
  readonly dataset?: DatasetDraft & { readonly name: string }
  /** Further blobs that the result needs (reports, archives), kept with the job. */
  readonly blobs?: readonly string[]
  /** An evaluation of a published version that is kept with it. */
  readonly evaluation?: {
    readonly model: string
    readonly version: number
    /** `name@version`. */
    readonly dataset: string
    readonly reportSha256: string
  }
  /** An update's feedback that counts as learnt from (promoted) or tried (rejected), up to this sequence number. */
  readonly feedback?: {
    readonly model: string
    readonly upTo: number
    readonly outcome: 'learnt' | 'rejected'
    /** Whether labels of rejected updates were tried again: their rows are marked as well. */
    readonly retry: boolean
  }
}

/** What a trainer runs. The file's name is its name. `run` imports TensorFlow lazily, so that the api can load the file. */
export interface RunnableJob<Specification extends TSchema = TSchema> {
  readonly name: string
  readonly summary: string
  /** What is queued and shown as the job's specification. */
  readonly specification: Specification
  run(data: JobData<Static<Specification>>, context: RunContext): Promise<JobOutput>
}

/** A job type that can be asked for. */
export interface JobType<Request extends TSchema = TSchema, Specification extends TSchema = TSchema>
  extends RunnableJob<Specification> {
  /** What POST /v1/jobs takes, `type` included. */
  readonly request: Request
  /** A body that works as it stands, for OpenAPI. */
  readonly example: Static<Request>
  /** The request with every default filled in. */
  resolve(request: Static<Request>, registry: RegistryLookup): Promise<Resolved<Static<Specification>>>
  /** How a job is made of others, which run before it; null for one that is not. */
  children?(data: Pick<JobData<Static<Specification>>, 'specification' | 'blobs'>): PlanChildren | null
}
