import { refusal, refusalOf } from '../../../contracts/errors.js'
import type { Deployed } from '../../../serving/deployments.js'
import { answerByColumns, answerByRows, probabilitiesOf, regressed } from '../answer-forms.js'
import type { Exchange } from '../answer-rows.js'
import type { Answers } from '../answers.js'
import { isObject, objectAt } from '../is-object.js'
import { parseTolerantJson } from '../tolerant-json.js'
import { decodedRows, rowsOfColumns, rowsOfInstances } from './read-instance.js'

type Json = Record<string, unknown>

/** One of the three questions: reads the body in the terms of the version, and writes its answers. */
export type Ask = (body: Buffer, deployed: Deployed) => Exchange<object>

/** `:predict` of TensorFlow Serving and of KServe V1: `instances` by rows, or `inputs` by columns. */
export const askPredict: Ask = (body, deployed) => {
  const encode = ({ predictions }: Answers) => ({
    predictions: answerByRows(predictions, deployed),
  })
  const rows = decodedRows(body, deployed, 'instances')
  if (rows !== null) return { rows, encode }
  const { instances, inputs } = memberOf(body, ['signature_name', 'instances', 'inputs'])
  if ((instances === undefined) === (inputs === undefined)) {
    const received = instances === undefined ? 'neither' : 'both'
    throw refusalOf('the body', 'either instances or inputs', received)
  }
  if (inputs === undefined) return { rows: rowsOfInstances(instances, deployed, 'instances'), encode }
  const isByColumn = typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs)
  return {
    rows: isByColumn
      ? rowsOfColumns(inputs as Json, deployed, 'inputs')
      : rowsOfInstances(inputs, deployed, 'inputs'),
    encode: (answers) => ({
      outputs: answerByColumns(answers.predictions, deployed),
      ...encode(answers),
    }),
  }
}

/** `:classify`: examples to pairs of label and probability, in the order of the classes. */
export const askClassify: Ask = (body, deployed) => {
  const classes = deployed.signature.classes.map(String)
  if (classes.length === 0) throw refusalOf('the model', 'a classification', 'a regression: ask :regress')
  const encode = ({ predictions }: Answers) => ({
    results: predictions.map((prediction) => {
      const scores = probabilitiesOf(prediction, classes)
      return classes.map((label, index) => [label, scores[index]])
    }),
  })
  return { rows: examplesOf(body, deployed), encode }
}

/** `:regress`: examples to values. */
export const askRegress: Ask = (body, deployed) => {
  if (deployed.signature.classes.length > 0) {
    throw refusalOf('the model', 'a regression', 'a classification: ask :classify')
  }
  return {
    rows: examplesOf(body, deployed),
    encode: ({ predictions }) => ({ results: predictions.map(regressed) }),
  }
}

/** Features of the context hold for all examples. */
function examplesOf(body: Buffer, deployed: Deployed) {
  const { context, examples } = memberOf(body, ['signature_name', 'context', 'examples'])
  if (context !== undefined && !isObject(context)) throw refusal('context', 'an object of features', context)
  if (!Array.isArray(examples)) throw refusal('examples', 'a list of objects of features', examples)
  const wrong = examples.findIndex((example: unknown) => !isObject(example))
  if (wrong >= 0) throw refusal(`examples[${wrong}]`, 'an object of features', examples[wrong])
  const whole = context ? examples.map((example: object) => ({ ...context, ...example })) : examples
  return rowsOfInstances(whole, deployed, 'examples')
}

function memberOf(body: Buffer, names: readonly string[]): Json {
  const request = objectAt(parseTolerantJson(body), 'the body')
  const other = Object.keys(request).find((name) => !names.includes(name))
  if (other !== undefined) throw refusal(other, 'no such member', request[other])
  const { signature_name: signature = 'serving_default' } = request
  if (signature !== 'serving_default' && signature !== '') {
    throw refusal('signature_name', '"serving_default"', signature)
  }
  return request
}
