import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startService } from '../support/service.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const VERSION = '4.32.5'
const EXAMPLES_PER_OPERATION = '40'
/** Of one run: what it finds it finds in a few minutes. */
const RUN_LIMIT_MS = 900_000

const run = promisify(execFile)
const folder = await temporaryFolder()
const tool = await install()
const service = await startService({ jobTypes: null })
const job = await trainFlowers()

/** Makes a virtual environment in the project’s cache folder, once. */
async function install(): Promise<string> {
  const environment = fileURLToPath(new URL(`../../../.cache/schemathesis-${VERSION}/`, import.meta.url))
  const installed = join(environment, 'bin', 'schemathesis')
  const isThere = await access(installed).then(
    () => true,
    () => false,
  )
  if (isThere) return installed
  await mkdir(environment, { recursive: true })
  await run('python3', ['-m', 'venv', environment])
  await run(join(environment, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`])
  return installed
}

/** Something that exists, so that more than "not found" is reached. */
async function trainFlowers(): Promise<string> {
  const { paths } = (await service.request.get('/openapi.json')).body
  const { example } = paths['/v1/datasets'].post.requestBody.content['application/json']
  assert.equal((await service.request.post('/v1/datasets').send(example)).status, 201)
  const id = await service.submit({ type: 'train', model: 'flowers', dataset: 'flowers', target: 'species' })
  assert.equal((await service.ended(id)).state, 'succeeded')
  return id
}

/** NDJSON is no content type that the tool knows: texts go as they are. */
const HOOKS = `
import schemathesis

@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
`

/**
 * What no schema can say is answered 422, what is busy or gone 409 and 404, a model out of service 503, and one that is
 * too slow for the request's own time 504. Cursors are opaque, a raw upload needs its name in the query, a part its
 * checksum, and names such as __proto__ are refused before the schema is asked: 400. So is what the protocols refuse, whose own servers know no 422. The document can not say that weights go by
 * version numbers, nor that Triton's bodies may be left out; TensorFlow Serving answers 400 to methods that it does not have.
 */
const CONFIGURATION = `
hooks = "hooks.py"

[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503", "504"]
positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "413", "422", "503"]
negative_data_rejection.expected-statuses = ["400", "404", "409", "413", "415", "422", "503"]

[[operations]]
include-operation-id-regex = "^openInference(RepositoryIndex|Load|Unload)$"
checks.negative_data_rejection.expected-statuses = ["2xx", "400", "404", "409", "413", "415", "422", "503"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "413", "422", "503", "504"]

[[operations]]
include-operation-id-regex = "^tensorflowServing"
phases.coverage.unexpected-methods = []
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "413", "422", "503", "504"]

[[operations]]
include-operation-id-regex = "^(list|uploadDataset|appendDatasetRows|startUpload|sendUploadPart|completeUpload|predict|sendFeedback|setAlias|compressVersion|openInference|mlflow)"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "413", "422", "503", "504"]
`

const EXISTING = `
[dictionaries.names]
values = ["flowers"]

[dictionaries.jobs]
values = ["${job}"]

[parameters]
"path.name" = { dictionary = "names", probability = 0.8 }
"path.version" = 1

[[operations]]
include-path-regex = "^/v2/"
parameters."path.version" = "1"

[[operations]]
include-path-regex = "^/v1/jobs/"
parameters."path.id" = { dictionary = "jobs", probability = 0.8 }
`

async function schemathesis(configuration: string, ...options: string[]): Promise<void> {
  await writeFile(join(folder, 'hooks.py'), HOOKS)
  await writeFile(join(folder, 'schemathesis.toml'), configuration)
  const fixed = [
    '--mode=all',
    '--checks=all',
    '--exclude-checks=ignored_auth',
    '--no-color',
    '--continue-on-failure',
  ]
  const all = [
    ...fixed,
    `--max-examples=${EXAMPLES_PER_OPERATION}`,
    '--request-timeout=60',
    '--seed=1',
    ...options,
  ]
  const given = ['--config-file', 'schemathesis.toml', 'run', `${service.url}/openapi.json`, ...all]
  await run(tool, given, { cwd: folder, timeout: RUN_LIMIT_MS, maxBuffer: 64 * 1024 ** 2 }).catch((error) => {
    assert.fail(`${String(error.stdout)}\n${String(error.stderr)}`)
  })
}

describe('no server error, and every answer as its schema says', () => {
  it('with a dataset, a model and a job that exist', () =>
    schemathesis(
      CONFIGURATION + EXISTING,
      '--exclude-method=DELETE',
      '--exclude-operation-id=openInferenceUnload',
    ))
  it('with whatever a stranger sends, removals too', () => schemathesis(CONFIGURATION))
  it('the service is ready as before', async () => {
    assert.equal((await service.request.get('/readyz')).status, 200)
  })
})
