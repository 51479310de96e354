/** What went wrong at one place of the input. */
export interface ErrorDetail {
  /** Where: "training.epochs", "row 17, petal_width", "instances[3].age". */
  readonly path: string
  /** The line of an uploaded file, from 1. */
  readonly line?: number
  readonly expected: string
  readonly received: string
}

/**
 * Every error that a user can meet: stable code, HTTP status, title, and how to mend it.
 * `/docs/errors` lists this table; the worker retries what is marked `retriable` and nothing else.
 */
export const errorTable = {
  'request-invalid': { status: 400, title: 'The request is not valid', remedy: 'Correct the named fields' },
  'body-malformed': {
    status: 400,
    title: 'The body can not be parsed',
    remedy: 'Send well-formed JSON, NDJSON or multipart',
  },
  'upload-malformed': {
    status: 400,
    title: 'The upload is malformed',
    remedy: 'Send the fields first, then one file',
  },
  unauthorized: {
    status: 401,
    title: 'An API key is needed',
    remedy: 'Send the header "Authorization: Bearer <key>"',
  },
  forbidden: { status: 403, title: 'Not allowed', remedy: 'Use a key that has the scope' },
  'host-not-allowed': {
    status: 403,
    title: 'The request names a host or an origin that is not this machine',
    remedy: 'Call the service by a loopback address, or start it with API keys',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    remedy: 'Look at the list route for what exists',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The route has no such method',
    remedy: 'See /docs for the methods',
  },
  timeout: {
    status: 408,
    title: 'The request took too long',
    remedy: 'Send the body faster, or in smaller parts',
  },
  conflict: {
    status: 409,
    title: 'The state does not allow it',
    remedy: 'Read the current state and try again',
  },
  'upload-incomplete': {
    status: 409,
    title: 'The upload is not whole',
    remedy: 'Send the parts that the errors name, then complete it again',
  },
  'in-use': { status: 409, title: 'It is still needed', remedy: 'Remove first what needs it' },
  'body-too-large': { status: 413, title: 'The body is too large', remedy: 'Send less at once' },
  'media-type-unsupported': {
    status: 415,
    title: 'The content type is not supported',
    remedy: 'Send one of the listed content types',
  },
  'checksum-mismatch': {
    status: 422,
    title: 'The bytes do not fit their checksum',
    remedy: 'Send them again',
  },
  'dataset-rows-invalid': {
    status: 422,
    title: 'The dataset has invalid rows',
    remedy: 'Mend the rows, or send onInvalidRow=skip to leave them out',
  },
  'dataset-invalid': {
    status: 422,
    title: 'The dataset can not be used',
    remedy: 'Mend what the detail names and upload again',
  },
  'specification-invalid': {
    status: 422,
    title: 'The job can not be run as specified',
    remedy: 'Correct the named fields',
  },
  'instances-invalid': {
    status: 422,
    title: 'The instances do not fit the model',
    remedy: 'Send the columns of the model’s signature',
  },
  'feedback-invalid': {
    status: 422,
    title: 'The feedback does not fit the model',
    remedy: 'Mend the named items; nothing was stored',
  },
  'bundle-invalid': {
    status: 422,
    title: 'The bundle can not be imported',
    remedy: 'Send it as its instance has exported it, or export it anew; nothing was kept',
  },
  'bundle-untrusted': {
    status: 422,
    title: 'The bundle was signed by an instance that is not trusted',
    remedy: 'If you trust that instance, add its public key to FLYWHEEL_TRUSTED_KEYS',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key was used with another body',
    remedy: 'Use a new key for a new request',
  },
  'rate-limited': { status: 429, title: 'Too many requests', remedy: 'Wait as long as Retry-After says' },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    remedy: 'Send fewer or shorter headers',
  },
  'request-cancelled': {
    status: 499,
    title: 'The client went away before its answer',
    remedy: 'Send it again and wait for the answer',
  },
  internal: { status: 500, title: 'Something failed inside', remedy: 'Report it with the request id' },
  'queue-unavailable': {
    status: 503,
    title: 'The queue can not be reached',
    remedy: 'Try again after Retry-After seconds; nothing was kept',
    retriable: true,
  },
  'database-unavailable': {
    status: 503,
    title: 'The database can not be reached',
    remedy: 'Try again after Retry-After seconds',
    retriable: true,
  },
  'predictor-unavailable': {
    status: 503,
    title: 'The predictor is restarting',
    remedy: 'Try again after Retry-After seconds',
    retriable: true,
  },
  'model-unloaded': {
    status: 503,
    title: 'The model was taken out of service',
    remedy: 'Load it again with POST /v2/repository/models/{name}/load',
  },
  overloaded: {
    status: 503,
    title: 'The service has too much to do',
    remedy: 'Try again after Retry-After seconds',
    retriable: true,
  },
  closing: {
    status: 503,
    title: 'The service is closing',
    remedy: 'Try again after Retry-After seconds',
    retriable: true,
  },
  'deadline-exceeded': {
    status: 504,
    title: 'No answer came within the request’s own time',
    remedy: 'Give it more time, or send fewer rows at once',
  },
  'storage-full': {
    status: 507,
    title: 'The disk is full',
    remedy: 'Free space in the data folder; nothing was kept',
  },
  'memory-insufficient': {
    status: 507,
    title: 'The version needs more memory than is free',
    remedy: 'Take other versions out of service, or raise FLYWHEEL_PREDICTOR_MEMORY_BYTES',
  },
  'artifact-damaged': {
    status: 500,
    title: 'A stored file is damaged',
    remedy: 'Restore it from a backup, or train again',
  },
  'signature-invalid': {
    status: 500,
    title: 'The version is not signed by this instance',
    remedy: 'Restore the database from a backup, or train or import the version again',
  },
  'tensorflow-failed': {
    status: 500,
    title: 'TensorFlow reported an error',
    remedy: 'Read the detail; report it with the job’s log',
  },
  'training-diverged': {
    status: 422,
    title: 'The loss is not finite',
    remedy: 'Lower the learning rate or scale the features',
  },
  'trainer-died': {
    status: 500,
    title: 'The training process died three times without progress',
    remedy: 'Read the log; reduce batchSize or the model’s size',
  },
  'memory-limit': {
    status: 500,
    title: 'The training process needed more memory than its limit',
    remedy: 'Reduce batchSize or the model, or raise FLYWHEEL_TRAINER_MEMORY_BYTES',
  },
  'time-limit': {
    status: 500,
    title: 'The job ran longer than its time limit',
    remedy: 'Raise training.timeLimitSeconds or train less',
  },
  'job-failed': { status: 500, title: 'The job failed', remedy: 'Read its error and log' },
} as const satisfies Record<string, { status: number; title: string; remedy: string; retriable?: boolean }>

export type ErrorCode = keyof typeof errorTable

/** The one error class: thrown deep with its cause, rendered once (HTTP) or classified once (worker). */
export class FlywheelError extends Error {
  readonly code: ErrorCode
  readonly errors: readonly ErrorDetail[]
  readonly remedy: string
  readonly retryAfterSeconds: number | undefined
  /** Extra members of the problem document, e.g. the list of what needs a dataset. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    detail: string,
    {
      errors = [],
      cause,
      remedy = errorTable[code].remedy,
      retryAfterSeconds,
      members = {},
    }: {
      errors?: readonly ErrorDetail[]
      cause?: unknown
      remedy?: string
      retryAfterSeconds?: number
      members?: Readonly<Record<string, unknown>>
    } = {},
  ) {
    super(detail, { cause })
    this.name = 'FlywheelError'
    this.code = code
    this.errors = errors
    this.remedy = remedy
    this.retryAfterSeconds = retryAfterSeconds
    this.members = members
  }

  get status(): number {
    return errorTable[this.code].status
  }

  get retriable(): boolean {
    return 'retriable' in errorTable[this.code]
  }
}

/** The error of one wrong place; without a path it is about the body. */
export const refusedAt = (code: ErrorCode, { path, expected, received }: ErrorDetail): FlywheelError =>
  new FlywheelError(code, `${path || 'the body'}: expected ${expected}, received ${received}`, {
    errors: [{ path, expected, received }],
  })

/** What a request has wrong at one place. */
export const refusal = (path: string, expected: string, value: unknown): FlywheelError =>
  refusalOf(path, expected, shown(value))

/** @param received in words, where the value itself says little */
export const refusalOf = (path: string, expected: string, received: string): FlywheelError =>
  refusedAt('request-invalid', { path, expected, received })

/** The received value as it may be shown in an error: JSON, at most 80 characters. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value))
  // Half of a surrogate pair could not be stored.
  return text.length > 80 ? `${text.slice(0, 79).replace(/[\ud800-\udbff]$/, '')}…` : text
}
