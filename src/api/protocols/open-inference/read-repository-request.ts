import { refusal, refusalOf } from '../../../contracts/errors.js'
import { objectAt } from '../is-object.js'
import { parseTolerantJson } from '../tolerant-json.js'

type Json = Record<string, unknown>

/**
 * Whether the index shall list those models alone that can be asked. An empty body is none.
 *
 * @throws FlywheelError request-invalid, body-malformed
 */
export function readIndexRequest(body: Buffer): { readyOnly: boolean } {
  const { ready = false } = objectOf(body, ['ready'])
  if (typeof ready !== 'boolean') throw refusal('ready', 'true or false', ready)
  return { readyOnly: ready }
}

/**
 * Checks the body of a load: models come out of the registry, never out of a request.
 *
 * @throws FlywheelError request-invalid, body-malformed
 */
export function checkLoadRequest(body: Buffer): void {
  const [name] = Object.keys(parametersOf(body))
  if (name !== undefined) {
    throw refusalOf(`parameters.${name}`, 'nothing: published versions alone are loaded', 'a value')
  }
}

/**
 * Checks the body of an unload. No model depends on another: `unload_dependents` is true of all already.
 *
 * @throws FlywheelError request-invalid, body-malformed
 */
export function checkUnloadRequest(body: Buffer): void {
  const { unload_dependents: isWithDependents = false, ...rest } = parametersOf(body)
  const [other] = Object.keys(rest)
  if (other !== undefined) throw refusal(`parameters.${other}`, 'no such parameter', rest[other])
  if (typeof isWithDependents !== 'boolean')
    throw refusal('parameters.unload_dependents', 'true or false', isWithDependents)
}

function parametersOf(body: Buffer): Json {
  const { parameters = {} } = objectOf(body, ['parameters'])
  return objectAt(parameters, 'parameters')
}

function objectOf(body: Buffer, members: readonly string[]): Json {
  if (body.length === 0) return {}
  const request = objectAt(parseTolerantJson(body), 'the body')
  const other = Object.keys(request).find((name) => !members.includes(name))
  if (other !== undefined) throw refusal(other, 'no such member', request[other])
  return request
}
