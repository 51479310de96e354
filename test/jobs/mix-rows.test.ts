import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { copyRows } from '../../src/datasets/select-rows.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { prepareData } from '../../src/jobs/train/prepare-data.js'
import { mixRows } from '../../src/jobs/update/mix-rows.js'
import { updateTraining } from '../../src/online/update-training.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readServable } from '../../src/serving/servable.js'
import type { Training } from '../../src/training/options.js'
import { blobs } from '../support/blobs.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'

const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))
const catalogue = await loadCatalogue()

test('an update replays rows that were learnt from, validates on those that chose the epoch, and is judged by the rest', async () => {
  const all = blobs(800)
  const numbers = Int32Array.from({ length: 800 }, (_, row) => row)
  const data = {
    table: copyRows(all.table, numbers.subarray(0, 400)),
    snapshot: { ...all.snapshot, rows: 400 },
  }
  for (const split of [{ by: 'stratified' }, { by: 'time', column: 'a' }] as const) {
    const training = { epochs: 1, validationSplit: 0.25 }
    const request = { target: 'kind', features: ['a', 'b'], training, evaluation: { split } }
    const { output, specification } = await trainOn(data, request, { artifacts })
    const { split: parts } = await prepareData(data.table, specification, catalogue)
    const servable = readServable(await artifacts.read(output.version?.sha256 ?? ''), catalogue.tasks)
    const rows = mixRows({
      servable,
      table: data.table,
      newLabels: copyRows(all.table, numbers.subarray(400)),
      learnt: [],
      training: updateTraining(specification.training as Training, { newRows: 400 }),
      validationSplit: 0.25,
    })
    const originals = (part: Int32Array) =>
      part.filter((at) => at < rows.original.length).map((at) => rows.original[at] as number)
    const [replayed, checked] = [originals(rows.training), originals(rows.validation)]
    assert.ok(replayed.length > 0 && replayed.every((row) => parts.training.includes(row)))
    assert.ok(checked.length > 0 && checked.every((row) => parts.validation.includes(row)))
    assert.deepEqual(rows.holdout, parts.test)
  }
})
