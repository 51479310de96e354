import assert from 'node:assert/strict'
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import type { Relayed } from '../../src/queues.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { supervise } from '../../src/workers/supervisor/supervise.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const MiB = 2 ** 20
const controlGroup = limitedGroup(`flywheel-test-${process.pid}`, 300 * MiB)

test('a trainer that the kernel kills for its memory, again and again, ends with the estimate and a batch size', {
  skip: controlGroup === null && 'this user can make no control group',
}, async () => {
  const artifactsFolder = await temporaryFolder()
  const told: Relayed[] = []
  const { ending } = supervise({
    data: {
      jobId: 'large',
      type: 'count',
      specification: { type: 'count', model: 'large', steps: 1, allocateBytes: 600 * MiB, controlGroup },
      blobs: {},
    } as never,
    attempt: 1,
    artifacts: await openArtifactStore(artifactsFolder),
    artifactsFolder,
    jobTypes: new URL('../fixtures/jobs/', import.meta.url).href,
    memoryLimitBytes: 2048 * MiB,
    env: process.env,
    relay: (message) => void told.push(message),
  })
  const ended = await ending
  assert.equal(ended.kind, 'error')
  const { error } = ended as Extract<typeof ended, { kind: 'error' }>
  assert.deepEqual([error.code, error.fittingBatchSize], ['memory-limit', 32])
  assert.match(
    error.detail,
    /^The training process died 3 times .* killed by the kernel, which had no memory left; the estimate is 612 MiB, .*; a batchSize of 32 would fit$/,
  )
  const warnings = told.filter(({ kind }) => kind === 'warning')
  assert.equal(warnings.length, 2)
})

/** The folder of a control group whose processes may hold so much together; null where none can be made. */
function limitedGroup(name: string, limitBytes: number): string | null {
  for (const [root, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'], // version 1
    ['/sys/fs/cgroup', 'memory.max'],
  ] as const) {
    const folder = `${root}/${name}`
    try {
      mkdirSync(folder)
      after(() => rmdirSync(folder))
      writeFileSync(`${folder}/${limit}`, String(limitBytes), { flag: 'r+' })
      return folder
    } catch {
      // the other version, or none
    }
  }
  return null
}
