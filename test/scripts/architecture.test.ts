import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

interface Architecture {
  violations(files: ReadonlyMap<string, string>): string[]
}
const { violations } = (await import(
  new URL('../../../scripts/check/architecture.mjs', import.meta.url).href
)) as Architecture

const broken = (files: Record<string, string>): string[] => violations(new Map(Object.entries(files)))

describe('the rules of the architecture', () => {
  it('let a file import from its own level and from below', () => {
    assert.deepEqual(
      broken({
        'src/jobs/train.ts':
          "import { fit } from '../training/fit.js'\nimport type { Job } from '../contracts/job.js'\n",
        'src/training/fit.ts': "import { build } from '../models/mlp.js'\n",
        'src/models/mlp.ts': "import type { LayersModel } from '@tensorflow/tfjs'\nexport const build = 1\n",
        'src/contracts/job.ts': 'export interface Job {}\n',
      }),
      [],
    )
  })

  it('name an import upwards, also of types alone', () => {
    assert.deepEqual(broken({ 'src/registry/jobs.ts': "import type { App } from '../api/app.js'\n" }), [
      'src/registry/jobs.ts imports src/api/app.ts: api stands above registry',
    ])
  })

  it('keep api and workers apart', () => {
    assert.deepEqual(broken({ 'src/api/app.ts': "import {\n  a,\n} from '../workers/worker.js'\n" }), [
      'src/api/app.ts imports src/workers/worker.ts: api and workers share no code',
    ])
  })

  it('find a cycle, but not one of types', () => {
    assert.deepEqual(
      broken({
        'src/training/a.ts': "import { b } from './b.js'\n",
        'src/training/b.ts': "import { a } from './a.js'\n",
        'src/datasets/c.ts': "import { d } from './d.js'\n",
        'src/datasets/d.ts': "import type { c } from './c.js'\n",
      }),
      ['import cycle: src/training/a.ts → src/training/b.ts → src/training/a.ts'],
    )
  })

  it('keep TensorFlow out of everything that the api loads, but let a job import it lazily', () => {
    assert.deepEqual(
      broken({
        'src/jobs/train.ts': "export const run = () => import('../training/loop.js')\n",
        'src/training/loop.ts': "import * as tf from '@tensorflow/tfjs'\n",
        'src/tasks/text.ts': "import { shape } from './text/shape.js'\n",
        'src/tasks/text/shape.ts': "import { type Tensor } from '@tensorflow/tfjs'\n",
      }),
      ['src/tasks/text.ts loads TensorFlow: src/tasks/text.ts → src/tasks/text/shape.ts → @tensorflow/tfjs'],
    )
  })

  it('let only the native boundary know the native library', () => {
    assert.deepEqual(broken({ 'src/serving/model.ts': "import koffi from 'koffi'\n" }), [
      'src/serving/model.ts imports koffi: only src/tensorflow knows the native library',
    ])
  })

  it('name a file that is too long', () => {
    assert.deepEqual(broken({ 'src/api/long.ts': 'a\n'.repeat(401) }), [
      'src/api/long.ts has 401 lines: 400 are the most',
    ])
  })
})
