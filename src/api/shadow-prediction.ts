import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { FlywheelError } from '../contracts/errors.js'
import type { Prediction } from '../contracts/task.js'
import { checkAnswerSize } from '../serving/answer-size.js'
import type { Deployed, Route } from '../serving/deployments.js'
import { defaultKeepPolicy } from '../serving/kept/keeper.js'
import { type RowBatch, rowBytes } from '../serving/row-batch.js'

/** A request that was answered. */
export interface Answered {
  readonly route: Route
  readonly request: FastifyRequest
  readonly rows: RowBatch
  /** Reads the request in the terms of another version. */
  readonly read: (deployed: Deployed) => RowBatch
  /** The answers, a JSON object each. */
  readonly lines: readonly string[]
  /** Of the predictions that are kept; null or absent for others. */
  readonly ids?: readonly (string | null)[]
}

/** Sends a copy of an answered request to the alias's shadow, where it has one; its answer is recorded, not given. */
export function shadowPrediction(app: FastifyInstance, answered: Answered): void {
  const { shadow } = answered.route
  if (shadow === null) return
  const { model, version } = shadow
  const isTaken = app.shadows.copies.offer({
    bytes: heldBytes(answered),
    async run() {
      try {
        await answerCopy(app, { model, version }, answered)
        app.shadows.count({ model, version, outcome: 'answered' })
      } catch (error) {
        const code = error instanceof FlywheelError ? error.code : 'internal'
        answered.request.log.debug({ model, version, code }, 'shadow not answered')
        app.shadows.count({ model, version, outcome: 'failed' })
      }
    },
  })
  if (!isTaken) app.shadows.count({ model, version, outcome: 'dropped' })
}

/** What a copy keeps in memory until it has run: the request too, as a shadow may read it in its own terms. */
function heldBytes({ request: { body }, rows, lines, ids = [] }: Answered): number {
  const bodyBytes = Buffer.isBuffer(body) ? body.length : 0
  const answerBytes = lines.reduce((sum, line) => sum + line.length, 0)
  return rowBytes(rows) + bodyBytes + answerBytes + ids.length * idBytes
}

/** Of a prediction that is kept: as it is written, and what a text takes beside that. */
const idBytes = 48

async function answerCopy(
  app: FastifyInstance,
  name: { model: string; version: number },
  { route, request, rows: asked, read, lines: given, ids }: Answered,
): Promise<void> {
  const shadow = await app.deployments.resolve(name)
  const { layout } = shadow.reader
  // Most versions of a model take the same features in the same order.
  const rows = isDeepStrictEqual(layout, route.deployed.reader.layout) ? asked : read(shadow)
  checkAnswerSize(shadow, rows.rows)
  const answer = await app.predictors.predict(shadow.sha256, rows, { requestId: request.id })
  app.predictionMetrics.observe(name, answer.times)
  const same = answer.lines.filter((line, row) => isSameAnswer(line, given[row])).length
  app.shadows.compare({ ...name, rows: rows.rows, same })
  const policy = shadow.keepPredictions ?? defaultKeepPolicy
  if (policy === false) return
  app.predictions.keep(
    { ...name, sha256: shadow.sha256, layout, shadowOf: route.deployed.version },
    { rows, lines: answer.lines, policy, ...(ids && { shadowedIds: ids }) },
  )
}

/** Float32 has seven digits: values that differ less are the same. */
const relativeTolerance = 1e-6

function isSameAnswer(line: string, given: string | undefined): boolean {
  if (given === undefined) return false
  const [one, other] = [JSON.parse(line), JSON.parse(given)] as [Prediction, Prediction]
  if ('label' in one && 'label' in other) return one.label === other.label
  if (!('value' in one && 'value' in other)) return false
  const size = Math.max(Math.abs(one.value), Math.abs(other.value))
  return Math.abs(one.value - other.value) <= relativeTolerance * size
}
