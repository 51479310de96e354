import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startService } from '../support/service.js'

const { request, submit, ended } = await startService({ jobTypes: null })

async function upload(name: string, csv: string) {
  const answer = await request.post(`/v1/datasets?name=${name}`).set('content-type', 'text/csv').send(csv)
  assert.equal(answer.status, 201, answer.text)
  const profile = await request.get(`/v1/datasets/${name}/profile`)
  assert.equal(profile.status, 200, profile.text)
  return answer.body
}
const job = (dataset: string, target: string) => ({ type: 'train', model: dataset, dataset, target })
async function refusal(dataset: string, target: string) {
  const { status, body } = await request.post('/v1/jobs?dryRun=true').send(job(dataset, target))
  const submitted = await request.post('/v1/jobs').send(job(dataset, target))
  assert.deepEqual([status, submitted.status], [422, 422])
  assert.equal(body.detail, submitted.body.detail)
  return body.detail as string
}

describe('tiny data', () => {
  for (const { name, csv, instance } of [
    { name: 'two-rows', csv: 'x,y\n1,a\n2,b\n', instance: { x: 1.5 } },
    { name: 'two-numbers', csv: 'x,y\n1,1.5\n2,2.5\n', instance: { x: 1.5 } },
    { name: 'two-texts', csv: 'x,y\nu,a\nv,b\n', instance: { x: 'w' } },
    { name: 'gaps', csv: 'x,z,y\n1,,a\n,q,b\n2,r,a\n', instance: { x: null, z: null } },
    { name: 'three-rows', csv: 'x,y\n1,a\n2,b\n3,\n', instance: { x: 3 } },
    { name: 'one-value', csv: 'x,k,y\n1,7,true\n1,7,false\n2,7,true\n', instance: { x: 1 } },
  ]) {
    test(`${name} are planned, trained on and answered for`, async () => {
      await upload(name, csv)
      const plan = await request.post('/v1/jobs?dryRun=true').send(job(name, 'y'))
      assert.equal(plan.status, 200, plan.text)
      const warnings: { code: string }[] = plan.body.warnings
      assert.ok(warnings.some(({ code }) => code === 'few-test-rows'))
      const done = await ended(await submit(job(name, 'y')))
      assert.equal(done.state, 'succeeded', JSON.stringify(done.error))
      const answer = await request.post(`/v1/models/${name}/predict`).send({ instances: [instance] })
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.predictions.length, 1)
      const page = await request.get(`/v1/models/${name}/versions/1/report`).set('accept', 'text/html')
      assert.equal(page.status, 200)
      const judged = await ended(await submit({ type: 'evaluate', model: name, dataset: name }))
      assert.equal(judged.state, 'succeeded', JSON.stringify(judged.error))
    })
  }

  for (const { name, csv, target, detail } of [
    {
      name: 'one-column',
      csv: 'y\na\nb\n',
      target: 'y',
      detail: /features: expected at least one column besides the target/,
    },
    {
      name: 'one-class',
      csv: 'x,y\n1,a\n2,a\n',
      target: 'y',
      detail: /one class; there is nothing to tell apart/,
    },
    { name: 'one-class-spelt', csv: 'x,y\n1,a\n2,A.\n', target: 'y', detail: /differ only in spelling/ },
    { name: 'one-row', csv: 'x,y\n1,a\n', target: 'y', detail: /at least one column besides the target/ },
    { name: 'no-target', csv: 'x,y\n1,\n2,\n', target: 'y', detail: /y has no values/ },
    {
      name: 'one-number',
      csv: 'x,y\n1,2.5\n2,2.5\n',
      target: 'y',
      detail: /one value; there is nothing to learn/,
    },
    {
      name: 'no-features',
      csv: 'x,y\n1,a\n1,b\n',
      target: 'y',
      detail: /features: expected at least one column/,
    },
    {
      name: 'one-known',
      csv: 'x,y\n1,a\n2,b\n',
      target: 'z',
      detail: /target: expected a column of the dataset: x, y/,
    },
  ]) {
    test(`${name} is refused in words, by the plan too`, async () => {
      await upload(name, csv)
      assert.match(await refusal(name, target), detail)
    })
  }
})
