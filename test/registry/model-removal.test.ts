import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setAlias } from '../../src/registry/aliases.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { jobs, models, modelVersions } from '../../src/registry/database/schema.js'
import { removeModel, removeVersion } from '../../src/registry/model-removal.js'
import { getModel } from '../../src/registry/models.js'
import { testDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const { db } = await testDatabase()
const artifacts = await openArtifactStore(await temporaryFolder())

describe('removing models', () => {
  /** A version whose blobs are these texts; the first stands for the manifest and the report. */
  async function publish(
    model: string,
    version: number,
    texts: readonly [string, ...string[]],
  ): Promise<void> {
    const blobs = await Promise.all(
      texts.map(async (text) => (await artifacts.put(Buffer.from(text))).sha256),
    )
    const [sha256 = ''] = blobs
    await db.insert(models).values({ name: model, lastVersion: version }).onConflictDoNothing()
    await db.insert(modelVersions).values({
      ...{ model, version, sha256, blobs, reportSha256: sha256 },
      ...{ task: 'tabular-classification', target: 'label', classes: ['a', 'b'], parent: null },
      ...{ signature: 's', signedBy: 'k' },
      ...{ job: 'j', dataset: 'd', datasetVersion: 1, sizeBytes: 1, metrics: {} },
    })
  }

  it('frees what no other version needs and says how many bytes', async () => {
    await publish('shared', 1, ['shared one', 'shared weights'])
    await publish('shared', 2, ['shared two!', 'shared weights'])
    assert.equal(await removeVersion({ db, artifacts }, { model: 'shared', version: 1 }), 'shared one'.length)
    assert.equal(
      await removeModel({ db, artifacts }, 'shared'),
      'shared two!'.length + 'shared weights'.length,
    )
    await assert.rejects(getModel(db, 'shared'), { code: 'not-found' })
  })

  it('refuses a version that an alias names, and tells which', async () => {
    await publish('named', 1, ['named one'])
    await setAlias(db, { model: 'named', alias: 'champion', version: 1 })
    await assert.rejects(removeVersion({ db, artifacts }, { model: 'named', version: 1 }), {
      code: 'in-use',
      members: { neededBy: ['/v1/models/named/aliases/champion'] },
    })
    assert.equal(await removeModel({ db, artifacts }, 'named'), 'named one'.length)
  })

  it('refuses a model while a job of it has not ended', async () => {
    await publish('busy', 1, ['busy one'])
    const open = { id: 'open', type: 'update', state: 'running', model: 'busy' } as const
    await db.insert(jobs).values({ ...open, specification: {}, blobs: {}, plan: {} as never })
    await assert.rejects(removeModel({ db, artifacts }, 'busy'), {
      code: 'in-use',
      members: { neededBy: ['/v1/jobs/open'] },
    })
  })

  it('leaves a blob that an open job reads', async () => {
    await publish('read', 1, ['read one'])
    const { sha256 = '' } = (await getModel(db, 'read')).versions[0] ?? {}
    const open = { id: 'reader', type: 'train', state: 'queued', model: 'other' } as const
    await db
      .insert(jobs)
      .values({ ...open, specification: {}, blobs: { champion: sha256 }, plan: {} as never })
    assert.equal(await removeModel({ db, artifacts }, 'read'), 0)
    assert.ok(await artifacts.has(sha256))
  })

  it('leaves a blob that was stored again after the version was made, or since a job is at work', async () => {
    await publish('again', 1, ['again one'])
    await db.update(modelVersions).set({ createdAt: new Date(Date.now() - 10) })
    await artifacts.put(Buffer.from('again one'))
    assert.equal(await removeModel({ db, artifacts }, 'again'), 0)
    const open = { id: 'same', type: 'train', state: 'running', model: 'another' } as const
    await db.insert(jobs).values({ ...open, specification: {}, blobs: {}, plan: {} as never })
    await publish('again', 2, ['again two'])
    assert.equal(await removeModel({ db, artifacts }, 'again'), 0)
    await db.update(jobs).set({ state: 'failed' })
    await publish('again', 3, ['again three'])
    assert.equal(await removeModel({ db, artifacts }, 'again'), 'again three'.length)
  })
})
