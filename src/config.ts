import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'

const GiB = 1024 ** 3

/** Every environment variable that Flywheel reads: its form, its default and what it does. */
export const Environment = Type.Object({
  HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'Address that the API listens on; any other than loopback needs API keys',
  }),
  PORT: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    description: 'Port of the API; 0 is any',
  }),
  DATABASE_URL: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://.+',
      description: 'Postgres, `postgres://…`; without it an embedded one in the data folder',
    }),
  ),
  REDIS_URL: Type.Optional(
    Type.String({
      pattern: '^(rediss?://.+|unix:/.+)',
      description:
        'Redis ≥ 6.2, `redis://…`, `rediss://…` or `unix:/path`; without it `npm start` starts its own',
    }),
  ),
  FLYWHEEL_DATA: Type.Optional(
    Type.String({ minLength: 1, description: 'The data folder; `.data` in the project when absent' }),
  ),
  FLYWHEEL_ARTIFACTS: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Datasets, checkpoints and models, shared by apis and workers; `artifacts` in the data folder when absent',
    }),
  ),
  FLYWHEEL_DEVICE: Type.Union([Type.Literal('auto'), Type.Literal('cpu'), Type.Literal('gpu')], {
    default: 'auto',
    description: 'Where models are trained: `auto`, `cpu` or `gpu`; `auto` takes a GPU where there is one',
  }),
  FLYWHEEL_LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`' },
  ),
  FLYWHEEL_MAX_UPLOAD_BYTES: Type.Integer({
    default: 1.5 * GiB,
    minimum: 1,
    description: 'Largest file of one request: an upload, or one part of an upload in parts',
  }),
  FLYWHEEL_MAX_UPLOAD_TOTAL_BYTES: Type.Integer({
    default: 20 * GiB,
    minimum: 1,
    description: 'Largest file of an upload in parts: the sum of its parts',
  }),
  FLYWHEEL_UPLOAD_EXPIRY_SECONDS: Type.Integer({
    default: 86_400,
    minimum: 1,
    maximum: 31_536_000,
    description:
      'Time after the last part in which an upload in parts goes on; then what has arrived is removed',
  }),
  FLYWHEEL_REQUEST_TIMEOUT_MS: Type.Integer({
    default: 300_000,
    minimum: 100,
    maximum: 86_400_000,
    description: 'Time within which a request must have arrived in full',
  }),
  FLYWHEEL_ADMIN_KEY: Type.Optional(
    Type.String({
      minLength: 32,
      description: 'The first API key, with every scope; at least 32 characters',
    }),
  ),
  FLYWHEEL_ADMIN_KEY_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'A file that holds the first API key, in place of the variable',
    }),
  ),
  FLYWHEEL_SIGNING_KEY_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'A private key of Ed25519 (PKCS #8, PEM) that versions are signed with; without it one is made and kept in the database',
    }),
  ),
  FLYWHEEL_TRUSTED_KEYS: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{43}(,[A-Za-z0-9_-]{43})*$',
      description:
        'Public keys of the instances whose bundles are imported, with commas between them; without it an admin’s key imports those of any instance',
    }),
  ),
  FLYWHEEL_TRAINER_MEMORY_BYTES: Type.Optional(
    Type.Integer({
      minimum: 256 * 1024 ** 2,
      description: 'Memory at which a trainer is ended; three quarters of the machine when absent',
    }),
  ),
  FLYWHEEL_PREDICTORS: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Predictor processes of an api; each holds all deployed versions',
  }),
  FLYWHEEL_PREDICTOR_MEMORY_BYTES: Type.Optional(
    Type.Integer({
      minimum: 256 * 1024 ** 2,
      description:
        'Memory at which a predictor is restarted, and within which versions are loaded; half of the machine, shared by the predictors, when absent',
    }),
  ),
  FLYWHEEL_WORKER_CONCURRENCY: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Jobs that one worker runs at the same time',
  }),
  FLYWHEEL_INVOCATIONS_MODEL: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}(@[a-z0-9][a-z0-9-]{0,62})?$',
      description:
        'The model that `/invocations` asks: `name`, `name@version` or `name@alias`; without it the only one',
    }),
  ),
  AIP_HTTP_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: 'Vertex AI’s port: serves its container contract there, on every address and without keys',
    }),
  ),
  AIP_HEALTH_ROUTE: Type.Optional(
    Type.String({ pattern: '^/', description: 'Vertex AI’s path for what `/ping` answers' }),
  ),
  AIP_PREDICT_ROUTE: Type.Optional(
    Type.String({ pattern: '^/', description: 'Vertex AI’s path for what `/invocations` answers' }),
  ),
  FLYWHEEL_TENSORFLOW: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Folder of the TensorFlow libraries; `.tensorflow` in the project when absent',
    }),
  ),
})

/** A variable that can not be used. The message is one line that names it, what was expected and what it holds. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type Config = ReturnType<typeof readConfig>

/** The folder of package.json, from the compiled file in dist/src. */
const projectFolder = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Reads the settings out of environment variables; an empty variable is an absent one.
 *
 * @throws ConfigError for the first variable that can not be used
 */
export function readConfig(
  env: NodeJS.ProcessEnv = process.env,
  /** Of the command line; `serve` asks for the container contract. */
  words: readonly string[] = [],
) {
  const values = readEnvironment(env)
  const container = containerOf(values, words)
  const dataFolder = resolve(values.FLYWHEEL_DATA ?? join(projectFolder, '.data'))
  return {
    host: container === null ? values.HOST : '0.0.0.0',
    port: values.AIP_HTTP_PORT ?? values.PORT,
    container,
    invocationsModel: values.FLYWHEEL_INVOCATIONS_MODEL ?? null,
    databaseUrl: values.DATABASE_URL ?? null,
    redisUrl: values.REDIS_URL ?? null,
    dataFolder,
    artifactsFolder: resolve(values.FLYWHEEL_ARTIFACTS ?? join(dataFolder, 'artifacts')),
    device: values.FLYWHEEL_DEVICE,
    logLevel: values.FLYWHEEL_LOG_LEVEL,
    maxUploadBytes: values.FLYWHEEL_MAX_UPLOAD_BYTES,
    maxUploadTotalBytes: values.FLYWHEEL_MAX_UPLOAD_TOTAL_BYTES,
    uploadExpirySeconds: values.FLYWHEEL_UPLOAD_EXPIRY_SECONDS,
    requestTimeoutMs: values.FLYWHEEL_REQUEST_TIMEOUT_MS,
    adminKey: adminKey(values),
    signingKey: signingKey(values),
    trustedKeys: values.FLYWHEEL_TRUSTED_KEYS?.split(',') ?? null,
    trainerMemoryBytes: values.FLYWHEEL_TRAINER_MEMORY_BYTES ?? Math.floor(0.75 * machineMemoryBytes()),
    predictorCount: values.FLYWHEEL_PREDICTORS,
    predictorMemoryBytes:
      values.FLYWHEEL_PREDICTOR_MEMORY_BYTES ??
      Math.floor((0.5 * machineMemoryBytes()) / values.FLYWHEEL_PREDICTORS),
    workerConcurrency: values.FLYWHEEL_WORKER_CONCURRENCY,
    tensorflowFolder: resolve(values.FLYWHEEL_TENSORFLOW ?? join(projectFolder, '.tensorflow')),
  } as const
}

/** SageMaker starts a container with the word `serve`, Vertex AI names a port: then their routes alone are served. */
function containerOf(values: Static<typeof Environment>, words: readonly string[]) {
  const other = words.find((word) => word !== 'serve')
  if (other !== undefined)
    throw new ConfigError(`The command line: expected nothing or serve, received ${other}`)
  if (words.length === 0 && values.AIP_HTTP_PORT === undefined) return null
  const { AIP_HEALTH_ROUTE: healthRoute = '/ping', AIP_PREDICT_ROUTE: predictRoute = '/invocations' } = values
  return { healthRoute, predictRoute }
}

function readEnvironment(env: NodeJS.ProcessEnv): Static<typeof Environment> {
  const given = Object.entries(Environment.properties).flatMap(([name, schema]) => {
    const text = env[name]
    return text === undefined || text === '' ? [] : [[name, fromText(schema, text)] as const]
  })
  const values = Value.Default(Environment, Object.fromEntries(given))
  const [error] = Value.Errors(Environment, values)
  if (error) {
    const name = error.instancePath.slice(1)
    throw refusal(name, form(Environment.properties[name as keyof typeof Environment.properties]), env[name])
  }
  return values as Static<typeof Environment>
}

const fromText = (schema: TSchema, text: string): unknown =>
  Type.IsInteger(schema) && /^-?\d+$/.test(text) ? Number(text) : text

function form(schema: TSchema): string {
  if (Type.IsUnion(schema)) {
    return `one of ${schema.anyOf.map((entry) => String((entry as { const?: unknown }).const)).join(', ')}`
  }
  if (Type.IsInteger(schema)) {
    const { minimum, maximum } = schema as { minimum?: number; maximum?: number }
    return `a whole number of at least ${minimum}${maximum === undefined ? '' : ` and at most ${maximum}`}`
  }
  const { pattern, minLength } = schema as { pattern?: string; minLength?: number }
  return pattern ? `the form ${pattern}` : `at least ${minLength} characters`
}

/** Values of keys and of addresses with a password are not repeated. */
function refusal(name: string, expected: string, text: string | undefined): ConfigError {
  const received = /KEY|URL/.test(name) ? 'another value' : JSON.stringify(text)
  return new ConfigError(`${name}: expected ${expected}, received ${received}`)
}

function adminKey(values: Static<typeof Environment>): string | null {
  const { FLYWHEEL_ADMIN_KEY: key, FLYWHEEL_ADMIN_KEY_FILE: file } = values
  if (file === undefined) return key ?? null
  if (key !== undefined)
    throw new ConfigError('FLYWHEEL_ADMIN_KEY_FILE: FLYWHEEL_ADMIN_KEY is set too; give one of them')
  const text = readKeyFile('FLYWHEEL_ADMIN_KEY_FILE', file)
  if (text.length < 32) {
    throw new ConfigError(
      `FLYWHEEL_ADMIN_KEY_FILE: expected at least 32 characters in ${file}, found ${text.length}`,
    )
  }
  return text
}

function signingKey({ FLYWHEEL_SIGNING_KEY_FILE: file }: Static<typeof Environment>): string | null {
  if (file === undefined) return null
  const name = 'FLYWHEEL_SIGNING_KEY_FILE'
  const pem = readKeyFile(name, file)
  if (isSigningKey(pem)) return pem
  throw new ConfigError(
    `${name}: expected a private key of Ed25519 in PEM in ${file}; make one with openssl genpkey -algorithm ed25519`,
  )
}

function isSigningKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519'
  } catch {
    return false
  }
}

function readKeyFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new ConfigError(`${name}: ${file} can not be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** The container's limit where there is one, else the machine's memory. */
function machineMemoryBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}
