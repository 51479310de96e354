// Sends what it is told to on stdin, a JSON object a line, and writes what came of it: a client in a process of its own.
import { createInterface } from 'node:readline'
import { readDigits } from '../../demo/digits.js'
import { type BodyForm, bodyOf, generalDigits, type Values } from '../serving/bodies.js'
import { closedLoop, openLoop } from '../serving/load.js'
import { rawPost } from '../serving/raw-connection.js'

export interface LoadOrder {
  readonly url: string
  readonly form: BodyForm
  readonly rows: number
  /** Default: whole. */
  readonly values?: Values
  readonly seconds: number
  /** Clients of a closed loop, or the rate of an open one. */
  readonly load: { readonly clients: number } | { readonly perSecond: number }
}

const differentBodies = 256

const whole = await readDigits()
const general = generalDigits(whole.slice(0, 1_000))
const made = new Map<string, readonly Buffer[]>()

function requestsOf({ url, form, rows, values = 'whole' }: LoadOrder): readonly Buffer[] {
  const key = JSON.stringify([url, form, rows, values])
  const known = made.get(key)
  if (known) return known
  const digits = values === 'whole' ? whole : general
  const count = Math.max(8, Math.floor(differentBodies / rows))
  const requests = Array.from({ length: count }, (_, i) =>
    rawPost(new URL(url), bodyOf(form, digits.slice(i * rows, (i + 1) * rows))),
  )
  made.set(key, requests)
  return requests
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as LoadOrder
  const target = { url: new URL(order.url), requests: requestsOf(order), seconds: order.seconds }
  const { load } = order
  const result = await ('clients' in load ? closedLoop(target, load) : openLoop(target, load)).catch(
    (error: Error) => ({ error: error.message }),
  )
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
