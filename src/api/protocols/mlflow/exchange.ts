import { isUtf8 } from 'node:buffer'
import { FlywheelError, refusal, refusalOf } from '../../../contracts/errors.js'
import { Cell, cellOfText, isMissing, trimmed } from '../../../datasets/cell-grammar.js'
import { vectorOf } from '../../../datasets/vector-text.js'
import type { Deployed } from '../../../serving/deployments.js'
import type { RowBatch } from '../../../serving/row-batch.js'
import type { Signature } from '../../../serving/signature.js'
import { answerByRows } from '../answer-forms.js'
import type { Exchange } from '../answer-rows.js'
import { isObject } from '../is-object.js'
import { decodedRows, rowsOfColumns, rowsOfInstances } from '../tensorflow-serving/read-instance.js'
import { parseTolerantJson } from '../tolerant-json.js'
import { parseCsv } from './parse-csv.js'

type Json = Record<string, unknown>

const forms = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const
/** MLflow's and Vertex AI's name of what goes to the model beside the rows; ours take nothing. */
const settings = ['params', 'parameters']

/**
 * Reads a scoring request by its content type, and answers `{ predictions }`.
 *
 * @throws FlywheelError media-type-unsupported for another type or character set
 */
export function readInvocation(
  body: Buffer,
  { contentType, deployed }: { contentType: string | undefined; deployed: Deployed },
): Exchange<object> {
  const rows = isCsv(contentType) ? rowsOfCsv(body, deployed) : rowsOfJson(body, deployed)
  return { rows, encode: ({ predictions }) => ({ predictions: answerByRows(predictions, deployed) }) }
}

function isCsv(contentType = ''): boolean {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  const isKnown = ['application/json', 'text/csv', 'application/csv'].includes(type)
  if (isKnown && (charset === undefined || charset.replaceAll('"', '') === 'utf-8'))
    return type !== 'application/json'
  throw new FlywheelError(
    'media-type-unsupported',
    `This predictor only supports application/json, text/csv and application/csv in utf-8, not ${contentType || 'a body without Content-Type'}`,
  )
}

function rowsOfJson(body: Buffer, deployed: Deployed): RowBatch {
  const decoded = decodedRows(body, deployed, 'dataframe_records') ?? decodedRows(body, deployed, 'instances')
  if (decoded !== null) return decoded
  const value = parseTolerantJson(body)
  if (!isObject(value)) throw refusal('the body', `an object with one of ${forms.join(', ')}`, value)
  const other = Object.keys(value).find((name) => ![...forms, ...settings].some((known) => known === name))
  if (other !== undefined)
    throw refusal(other, `no such member, but one of ${forms.join(', ')}`, value[other])
  const given = forms.filter((form) => value[form] !== undefined)
  const [form] = given
  if (form === undefined || given.length > 1) {
    throw refusalOf('the body', `exactly one of ${forms.join(', ')}`, given.join(' and ') || 'none')
  }
  for (const name of settings) {
    const setting = value[name] ?? {}
    const isEmpty = isObject(setting) && Object.keys(setting).length === 0
    if (!isEmpty) throw refusal(name, 'nothing: the model takes none', setting)
  }
  const rows = value[form]
  if (form === 'dataframe_split') return rowsOfSplit(rows, deployed)
  if (form === 'inputs' && isObject(rows)) return rowsOfColumns(rows, deployed, 'inputs')
  return rowsOfInstances(rows, deployed, form)
}

function rowsOfSplit(split: unknown, deployed: Deployed): RowBatch {
  const path = 'dataframe_split'
  if (!isObject(split)) throw refusal(path, 'an object with columns and data', split)
  const { columns, data, index: _, ...rest } = split
  const other = Object.keys(rest)[0]
  if (other !== undefined) throw refusal(`${path}.${other}`, 'no such member', rest[other])
  const isNames = Array.isArray(columns) && columns.every((name) => typeof name === 'string')
  if (!isNames) throw refusal(`${path}.columns`, 'a list of names', columns)
  if (!Array.isArray(data)) throw refusal(`${path}.data`, 'a list of rows', data)
  checkColumns(columns, deployed, `${path}.columns`)
  const named = data.map((row: unknown, at) => {
    if (!Array.isArray(row) || row.length !== columns.length) {
      throw refusal(`${path}.data[${at}]`, `a list of ${columns.length} values`, row)
    }
    return instanceOf(columns, row)
  })
  return rowsOfInstances(named, deployed, `${path}.data`)
}

function rowsOfCsv(body: Buffer, deployed: Deployed): RowBatch {
  if (!isUtf8(body)) throw new FlywheelError('body-malformed', 'The body is not valid UTF-8')
  const [header, ...records] = parseCsv(body.toString().replace(/^\ufeff/, ''))
  if (header === undefined || records.length === 0) {
    throw refusalOf(
      'the body',
      'a header and at least one row',
      header === undefined ? 'nothing' : 'a header',
    )
  }
  checkColumns(header, deployed, 'the header')
  const types = new Map(deployed.signature.inputs.map(({ name, type }) => [name, type]))
  const instances = records.map((record, at) => {
    if (record.length !== header.length) {
      throw refusalOf(`row ${at}`, `${header.length} values`, `${record.length}`)
    }
    const values = record.map((text, column) => valueOfText(text, types.get(header[column] as string)))
    return instanceOf(header, values)
  })
  return deployed.reader.readEach(instances, (row) => `row ${row}`, 'instances-invalid')
}

/** As datasets are read; what is no value of the column stays a text, and is refused as such. */
function valueOfText(given: string, type: Signature['inputs'][number]['type'] | undefined): unknown {
  const text = trimmed(given)
  if (isMissing(text)) return null
  switch (type) {
    case 'number':
    case 'integer':
      return isNumber(cellOfText(text)) ? Number(text) : text
    case 'boolean':
      return booleans[text.toLowerCase()] ?? text
    case 'vector':
      return vectorOf(text) ?? text
    default:
      return text
  }
}

const isNumber = (cell: Cell): boolean =>
  cell === Cell.integer || cell === Cell.wideInteger || cell === Cell.number
const booleans: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false }

/** Once for all rows. */
function checkColumns(names: readonly string[], { signature }: Deployed, path: string): void {
  const known = new Set([...signature.inputs.map(({ name }) => name), ...signature.ignored])
  const seen = new Set<string>()
  for (const name of names) {
    if (!known.has(name)) throw refusal(path, 'columns of the model alone', name)
    if (seen.has(name)) throw refusalOf(path, 'each column once', `${name} again`)
    seen.add(name)
  }
}

const instanceOf = (names: readonly string[], values: readonly unknown[]): Json =>
  Object.fromEntries(names.map((name, at) => [name, values[at]]))
