import type { FastifyInstance } from 'fastify'
import type { Prediction } from '../../contracts/task.js'
import type { Deployed, VersionReference } from '../../serving/deployments.js'
import type { RowBatch } from '../../serving/row-batch.js'
import { type Asked, computePrediction, routePrediction } from '../routed-prediction.js'
import { shadowPrediction } from '../shadow-prediction.js'

/** What a protocol makes of one request: rows as /predict takes them, and how their answers go out. */
export interface Exchange<Reply> {
  readonly rows: RowBatch
  /** After which the answer is of no use to the client; undefined: the service's own limit. */
  readonly timeoutMs?: number | undefined
  /** @param predictions one for each row, in their order */
  readonly encode: (predictions: readonly Prediction[]) => Reply
}

/**
 * Answers one request of a protocol with the version that it names. These answers carry no ids, so nothing of them is
 * kept for feedback.
 *
 * @param decode reads the request in the terms of that version; throws FlywheelError for what does not fit it
 */
export async function answerRows<Reply>(
  app: FastifyInstance,
  asked: Asked,
  decode: (deployed: Deployed) => Exchange<Reply>,
): Promise<Reply> {
  const route = await routePrediction(app, asked)
  const { deployed } = route
  const { request } = asked
  const { rows, timeoutMs, encode } = decode(deployed)
  const { lines } = await computePrediction(app, {
    deployed,
    rows,
    asked,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  shadowPrediction(app, { route, request, rows, lines, read: (shadow) => decode(shadow).rows })
  return encode(lines.map((line) => JSON.parse(line) as Prediction))
}

/** A version by its number, or by an alias; without either the champion. */
export function referenceOf(model: string, version = 'champion'): VersionReference {
  return /^\d{1,9}$/.test(version) ? { model, version: Number(version) } : { model, alias: version }
}
