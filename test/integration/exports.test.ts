import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { unpack } from '../support/plain-tfjs.js'
import { startService } from '../support/service.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const folder = await temporaryFolder()
const service = await startService({ jobTypes: null })
const { request } = service

const rows = Array.from({ length: 120 }, (_, row) => ({
  size: (row * 37) % 80,
  walls: ['brick', 'wood', 'clay'][row % 3],
  price: 1_000 + 20 * ((row * 37) % 80),
}))
const uploaded = await request.post('/v1/datasets').send({ name: 'houses', rows })
assert.equal(uploaded.status, 201, uploaded.text)
const trained = await service.ended(
  await service.submit({
    type: 'train',
    model: 'houses',
    dataset: 'houses',
    target: 'price',
    training: { epochs: 3 },
  }),
)
assert.equal(trained.state, 'succeeded', JSON.stringify(trained.error))
const ask = (body: object) => request.post('/v1/models/houses/versions/1/exports').send(body)

const described = ['README.md', 'labels.json', 'preprocess', 'transforms.json']
const formats = {
  tfjs: { files: ['model.json', 'weights.bin'], runtime: /^TensorFlow\.js/, rows: 256 },
  onnx: { files: ['model.onnx'], runtime: /^ONNX Runtime/, rows: 256 },
  safetensors: { files: ['config.json', 'model.safetensors'], runtime: /on TensorFlow$/, rows: 256 },
  savedmodel: { files: ['saved_model'], runtime: /^TensorFlow 2/, rows: 512 },
} as const

for (const [format, expected] of Object.entries(formats)) {
  test(`a version is exported as ${format}, proven and downloaded`, async () => {
    const asked = await ask({ format })
    assert.equal(asked.status, 202, asked.text)
    const { state, result, error } = await service.ended(asked.body.id)
    assert.equal(state, 'succeeded', JSON.stringify(error))
    const { verified, download, archive } = result as {
      verified: { rows: number; largestDifference: number; runtime: string }
      download: string
      archive: 'zip'
    }
    assert.equal(verified.rows, expected.rows)
    assert.ok(verified.largestDifference < 1e-5)
    assert.match(verified.runtime, expected.runtime)
    const answer = await fetch(`${service.url}${download}`)
    assert.match(String(answer.headers.get('content-disposition')), new RegExp(`"houses-1-${format}\\.zip"`))
    const unpacked = join(folder, format)
    unpack(unpacked, { archive, bytes: Buffer.from(await answer.arrayBuffer()) })
    assert.deepEqual(readdirSync(unpacked).sort(), [...described, ...expected.files].sort())
    const { inputs } = JSON.parse(readFileSync(join(unpacked, 'transforms.json'), 'utf8'))
    assert.deepEqual(
      inputs.map(({ name }: { name: string }) => name),
      ['size', 'walls'],
    )
  })
}

test('formats and options that there are not are refused by name', async () => {
  const unknown = await ask({ format: 'keras' })
  assert.equal(unknown.status, 400)
  assert.deepEqual(
    unknown.body.errors.map(({ path }: { path: string }) => path),
    ['format'],
  )
  const foreign = await ask({ format: 'onnx', modelFormat: 'graph-model' })
  assert.equal(foreign.status, 422)
  assert.deepEqual(foreign.body.errors, [
    { path: 'modelFormat', expected: 'nothing for the format onnx', received: '"graph-model"' },
  ])
})
