import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { IdTable } from '../../src/serving/id-table.js'

test('values are found by their ids, however many there are, and leave when they are deleted', () => {
  const table = new IdTable<string>()
  const reference = new Map<number, string>()
  let lastId = 2 ** 32 - 700 // ids begin anew meanwhile
  for (let step = 0; step < 20_000; step++) {
    do lastId = (lastId % 0xff_ff_ff_ff) + 1
    while (!table.hasPlaceFor(lastId))
    table.set(lastId, `${step}`)
    reference.set(lastId, `${step}`)
    // Most go soon, some stay for long, and for a while more come than go.
    for (const id of reference.keys()) {
      if (id % 37 === 0 || (step > 5_000 && step < 7_000)) continue
      assert.equal(table.delete(id), reference.get(id))
      reference.delete(id)
    }
    if (reference.size > 2_500) for (const id of reference.keys()) reference.delete(id) && table.delete(id)
    assert.equal(table.size, reference.size)
  }
  assert.deepEqual(table.ids().toSorted(), [...reference.keys()].toSorted())
  for (const [id, value] of reference) assert.equal(table.get(id), value)
})

test('ids that another table gave find a place, also where they meet in one', () => {
  const table = new IdTable<string>()
  for (const id of [1, 257, 65_537, 4_294_967_295]) table.set(id, `${id}`)
  assert.deepEqual(
    [1, 257, 65_537, 4_294_967_295, 513].map((id) => table.get(id)),
    ['1', '257', '65537', '4294967295', undefined],
  )
  table.set(257, 'again')
  assert.deepEqual([table.get(257), table.size], ['again', 4])
  assert.equal(table.delete(513), undefined)
  assert.equal(table.size, 4)
})

test('what has left the table is given back without a search of the whole heap', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void
  const table = new IdTable<number[]>()
  const churn = (from: number, to: number) => {
    for (let id = from; id < to; id++) {
      table.set(
        id,
        Array.from({ length: 100 }, (_, i) => i + id),
      )
      table.delete(id - 32)
      if (id % 500 === 0) collect({ type: 'minor' })
    }
    collect({ type: 'minor' })
  }
  churn(1, 2_000)
  collect()
  const before = process.memoryUsage().heapUsed
  churn(2_000, 6_000) // 3.6 MB
  assert.ok(process.memoryUsage().heapUsed - before < 1_000_000)
})
