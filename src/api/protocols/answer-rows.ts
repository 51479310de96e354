import type { FastifyInstance } from 'fastify'
import type { Deployed, VersionReference } from '../../serving/deployments.js'
import { lineWriter } from '../../serving/prediction-line.js'
import type { RowBatch } from '../../serving/row-batch.js'
import { type Asked, computeNumbers, routePrediction } from '../routed-prediction.js'
import { shadowPrediction } from '../shadow-prediction.js'
import { Answers } from './answers.js'

/** What a protocol makes of one request: rows as /predict takes them, and how their answers go out. */
export interface Exchange<Reply> {
  readonly rows: RowBatch
  /** After which the answer is of no use to the client; undefined: the service's own limit. */
  readonly timeoutMs?: number | undefined
  readonly encode: (answers: Answers) => Reply
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
  const numbers = await computeNumbers(app, { deployed, rows, asked, timeoutMs })
  const answers = new Answers(numbers, deployed.signature)
  if (route.shadow !== null) {
    const lines = answers.predictions.map(lineWriter(deployed.signature.classes))
    shadowPrediction(app, { route, request, rows, lines, read: (shadow) => decode(shadow).rows })
  }
  return encode(answers)
}

/** A version by its number, or by an alias; without either the champion. */
export function referenceOf(model: string, version = 'champion'): VersionReference {
  return /^\d{1,9}$/.test(version) ? { model, version: Number(version) } : { model, alias: version }
}
