import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publishFlagged, publishProtocolModels } from '../../support/protocol-models.js'
import { startService, until } from '../../support/service.js'

const packages = [
  'tritonclient[http]==2.73.0',
  'kserve==0.21.0',
  'mlflow-skinny==3.17.2',
  'pandas==2.3.3',
  'scipy==1.17.1',
  'ml_dtypes==0.5.4',
  'requests==2.34.2',
]
const RUN_LIMIT_MS = 300_000

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const python = await install()
const service = await startService({ workers: 0, env: { FLYWHEEL_INVOCATIONS_MODEL: 'sums' } })
await publishProtocolModels(service.app)
await publishFlagged(service.app)
await service.app.deployments.refresh()
await until(() => service.app.predictors.health.ready)
const { host, hostname, port } = new URL(service.url)

/** Makes a virtual environment in the project’s cache folder, once. */
async function install(): Promise<string> {
  const environment = join(root, '.cache', 'protocol-clients')
  const installed = join(environment, 'bin', 'python')
  const isThere = await access(join(environment, 'complete')).then(
    () => true,
    () => false,
  )
  if (isThere) return installed
  await mkdir(environment, { recursive: true })
  await run('python3', ['-m', 'venv', environment])
  await run(installed, ['-m', 'pip', 'install', '--quiet', ...packages], { maxBuffer: 2 ** 26 })
  await mkdir(join(environment, 'complete'))
  return installed
}

describe('clients of other servers are answered as they are there', () => {
  const scripts: [string, string, string[]][] = [
    ['tritonclient, JSON and binary, in all its types', 'triton_client.py', [host]],
    ['KServe’s client, V1 and V2', 'kserve_client.py', [service.url]],
    ['MLflow’s clients, and requests as its docs show', 'mlflow_client.py', [hostname, port]],
    ['TensorFlow Serving by requests', 'tensorflow_serving_client.py', [service.url]],
  ]
  for (const [what, script, given] of scripts) {
    it(what, async () => {
      const path = join(root, 'test', 'fixtures', 'protocols', script)
      const { stdout } = await run(python, [path, ...given], { timeout: RUN_LIMIT_MS }).catch((error) =>
        assert.fail(String(error.stderr)),
      )
      assert.match(stdout, /as expected\s*$/)
    })
  }
})
