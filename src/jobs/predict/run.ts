import type { Finding, RowError } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { addColumns } from '../../datasets/add-columns.js'
import { LIMITS } from '../../datasets/limits.js'
import { readBlocks } from '../../datasets/read-blocks.js'
import { hashOfParts } from '../../registry/datasets.js'
import { withTemporaryFolder } from '../../registry/temporary-folder.js'
import { readServable } from '../../serving/servable.js'
import { loadCatalogue } from '../train/catalogue.js'
import { cellWriters } from './answer-cells.js'
import { answerColumns } from './answer-columns.js'
import { openRowAnswerer } from './answer-rows.js'
import { AnsweredRows, type WithoutAnswer } from './answered-rows.js'
import { checkFeatures } from './check-features.js'
import type { PredictSpecification } from './request.js'
import { keptColumns } from './resolve.js'

/**
 * Answers a dataset's rows block by block, and writes them with their answers as a dataset of as many rows. A job that
 * was interrupted goes on behind the rows that it has answered.
 */
export async function runPredict(
  { specification, blobs }: JobData<PredictSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { artifacts } = context
  const { snapshot, name, model, dataset } = specification
  if (blobs.model === undefined) throw new FlywheelError('job-failed', 'the job names no version')
  const catalogue = await loadCatalogue()
  const servable = readServable(await artifacts.read(blobs.model), catalogue.tasks)
  const { manifest, signature } = servable
  checkFeatures(snapshot, manifest)
  const { classes } = signature
  const added = answerColumns({ ...specification, classes })
  const writers = cellWriters(added, { ...specification, manifest, classes })
  const path = (sha256: string) => artifacts.path(sha256)
  const kept = keptColumns(specification)
  const unanswered = new Unanswered(specification)
  const answerer = await openRowAnswerer(servable, { catalogue, context })
  try {
    return await withTemporaryFolder(context, async (folder) => {
      const written = await addColumns({ snapshot, kept, added, path, folder }, async (append) => {
        const answered = new AnsweredRows(context)
        const after = await answered.restore(append, (without) => unanswered.add(without))
        await readBlocks({ snapshot, columns: manifest.features, path, after }, async (block) => {
          context.signal.throwIfAborted()
          const { predictions, errors } = await answerer.answer(block)
          const without = unanswered.of(errors)
          const cells = writers.map((write) => predictions.map(write))
          append(cells)
          unanswered.add(without)
          await answered.add(cells, without)
          tellProgress(context, { rows: block.from + predictions.length, of: snapshot.rows })
        })
      })
      context.signal.throwIfAborted()
      const part = { rows: snapshot.rows, ...(await artifacts.adopt(written.path)) }
      return {
        result: {
          model,
          dataset,
          rows: snapshot.rows,
          unanswered: unanswered.rows,
          executor: answerer.executor,
        },
        dataset: {
          name,
          rows: snapshot.rows,
          sizeBytes: part.sizeBytes,
          sha256: hashOfParts([part]),
          columns: written.columns,
          parts: [part],
          report: {
            rowsRead: snapshot.rows,
            rowsKept: snapshot.rows,
            rowsSkipped: 0,
            errors: unanswered.listed,
            findings: unanswered.findings,
            predictedBy: { model, dataset },
          },
        },
      }
    })
  } finally {
    answerer.dispose()
  }
}

/** The rows that have no answer: counted, the first of them with what is wrong with them. */
class Unanswered {
  readonly #onUnanswered: PredictSpecification['onUnanswered']
  readonly listed: RowError[] = []
  rows = 0

  constructor({ onUnanswered }: Pick<PredictSpecification, 'onUnanswered'>) {
    this.#onUnanswered = onUnanswered
  }

  /** @throws FlywheelError instances-invalid where they are not to be kept */
  of(errors: readonly RowError[]): WithoutAnswer {
    const [first] = errors
    if (first !== undefined && this.#onUnanswered === 'reject') {
      const { path, expected, received } = first
      throw new FlywheelError('instances-invalid', `${path}: expected ${expected}, received ${received}`, {
        errors: errors.slice(0, LIMITS.listedErrors),
        remedy: 'Mend the rows, or send "onUnanswered": "keep"',
      })
    }
    return { rows: errors.length, listed: errors.slice(0, LIMITS.listedErrors) }
  }

  add({ rows, listed }: WithoutAnswer): void {
    this.rows += rows
    this.listed.push(...listed.slice(0, LIMITS.listedErrors - this.listed.length))
  }

  get findings(): Finding[] {
    if (this.rows === 0) return []
    const detail = `${this.rows} rows have no answer; the first of them stand in the report’s errors`
    return [{ code: 'unanswered', detail, remedy: 'Mend their values, and answer the dataset again' }]
  }
}

function tellProgress(context: RunContext, { rows, of }: { rows: number; of: number }): void {
  context.progress({ step: rows, steps: of, epoch: 0, metrics: {}, secondsLeft: null })
}
