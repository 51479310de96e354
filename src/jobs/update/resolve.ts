import { FlywheelError } from '../../contracts/errors.js'
import type { RegistryLookup, Resolved } from '../../contracts/job.js'
import { fewestLabels } from '../../online/policy.js'
import { learntDataset } from '../train/learnt-dataset.js'
import type { UpdateRequest, UpdateSpecification } from './request.js'

/** TensorFlow's own memory, and Node's. */
const baseBytes = 600 * 1024 ** 2
const bytesPerValue = 16

/**
 * Takes the labels that wait now and the champion that is to learn from them.
 *
 * @throws FlywheelError not-found without a champion, specification-invalid when too few labels wait
 */
export async function resolveUpdate(
  { model, retry = false }: UpdateRequest,
  registry: RegistryLookup,
): Promise<Resolved<UpdateSpecification>> {
  const champion = await registry.version(model)
  const dataset = learntDataset(champion, 'to learn from labels')
  const snapshot = await registry.dataset(dataset)
  const feedback = await registry.pendingFeedback(model, { retry })
  if (feedback === null || feedback.rows < fewestLabels) throw tooFew(model, feedback?.rows ?? 0)
  const values = (snapshot.rows + feedback.rows) * snapshot.columns.length
  return {
    specification: {
      type: 'update',
      model,
      retry,
      dataset,
      snapshot,
      champion: { version: champion.version },
      feedback: { rows: feedback.rows, lastSequence: feedback.lastSequence },
    },
    blobs: {
      champion: champion.sha256,
      feedback: feedback.sha256,
      ...Object.fromEntries(champion.blobs.map((sha256, index) => [`champion-${index}`, sha256])),
    },
    plan: {
      reasons: { champion: `version ${champion.version} is the champion now` },
      parameters: null,
      memoryBytes: baseBytes + values * bytesPerValue,
      secondsEstimate: null,
      warnings: [],
    },
  }
}

function tooFew(model: string, rows: number): FlywheelError {
  const detail = `${rows} labels of ${model} wait; an update takes ${fewestLabels} at least`
  return new FlywheelError('specification-invalid', detail, {
    errors: [{ path: 'model', expected: `${fewestLabels} new labels at least`, received: String(rows) }],
    remedy: `Send labels with POST /v1/models/${model}/feedback; those of rejected updates count with "retry": true`,
  })
}
