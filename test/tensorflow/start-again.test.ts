import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTensorFlow } from '../../src/tensorflow/start.js'
import { testTensorFlow } from '../support/tensorflow.js'

test('a start that failed is not kept: it may be tried again, with another library too', async () => {
  const missing = { library: '/nowhere.so', device: 'cpu', deterministic: true } as const
  for (const _ of [1, 2]) await assert.rejects(startTensorFlow(missing), /can not be loaded/)
  const { device } = await testTensorFlow()
  assert.equal(device.kind, 'cpu')
})
