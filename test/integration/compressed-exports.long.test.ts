import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startService } from '../support/service.js'

const service = await startService({ jobTypes: null })
const rows = Array.from({ length: 200 }, (_, at) => ({
  size: (at * 37) % 80,
  walls: at % 11 === 0 ? null : ['brick', 'wood', 'clay'][at % 3],
  kind: ['cheap', 'fair', 'dear'][Math.floor(((at * 37) % 80) / 27)],
}))
const uploaded = await service.request.post('/v1/datasets').send({ name: 'houses', rows })
assert.equal(uploaded.status, 201, uploaded.text)

async function succeeded(job: object): Promise<Record<string, unknown>> {
  const { state, result, error } = await service.ended(await service.submit(job))
  assert.equal(state, 'succeeded', JSON.stringify(error))
  return result ?? {}
}
await succeeded({
  type: 'train',
  model: 'houses',
  dataset: 'houses',
  target: 'kind',
  hyperparameters: { hiddenUnits: [32] },
  training: { epochs: 3 },
})

const methods = {
  'of half precision': { method: 'float16' },
  'of 8-bit integers': { method: 'int8' },
  'with pruned weights': { method: 'prune', options: { epochs: 2 } },
  'with pruned channels': { method: 'prune', options: { epochs: 2, structure: 'channels', sparsity: 0.5 } },
}
const formats = [
  { format: 'onnx' },
  { format: 'tfjs' },
  { format: 'tfjs', modelFormat: 'graph-model' },
  { format: 'savedmodel' },
  { format: 'safetensors' },
  { format: 'bundle' },
]
for (const [what, method] of Object.entries(methods)) {
  const { version } = await succeeded({ type: 'compress', model: 'houses@1', ...method })
  for (const format of formats) {
    test(`a version ${what} is exported as ${Object.values(format).join(', ')}`, async () => {
      const { verified } = await succeeded({ type: 'export', model: `houses@${version}`, ...format })
      const { largestDifference, runtime } = verified as { largestDifference: number; runtime: string }
      assert.ok(largestDifference < 1e-6, `${largestDifference} by ${runtime}`)
    })
  }
}
