import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { FlywheelError } from '../../contracts/errors.js'
import { declaredFormat } from './declared-format.js'
import { readOptions, refuseOption } from './options.js'
import { receiveFile } from './receive-file.js'
import { type ReceivedUpload, receiveForm } from './receive-form.js'
import { receiveRows } from './receive-rows.js'
import { streamTypes } from './upload-schema.js'

/**
 * Takes in what was sent, in whichever form: a form, a raw body with its options in the query, or rows as JSON.
 *
 * @param options.appendTo the dataset that rows are appended to; else the request names one
 * @throws FlywheelError body-malformed, request-invalid, those of `receiveForm`, `receiveFile` and `receiveRows`
 */
export async function receiveUpload(
  request: FastifyRequest,
  { path, maxBytes, appendTo }: { path: string; maxBytes: number; appendTo: string | undefined },
): Promise<ReceivedUpload> {
  const query = request.query as Record<string, unknown>
  if (request.isMultipart()) return receiveForm(request, { path, maxBytes, appendTo })
  const { type, charset } = contentTypeOf(request)
  if (streamTypes.includes(type)) {
    const options = readOptions(query, { appendTo })
    const said = charset === undefined ? {} : { charset }
    const encoding = options.encoding ?? charset
    const file = await receiveFile(request.body as Readable, { path, maxBytes, encoding })
    return { options: { ...options, ...declaredFormat({ type }), ...said }, file }
  }
  if (request.body === undefined) throw new FlywheelError('body-malformed', 'There is no body')
  const { rows, ...fields } = request.body as { rows: readonly unknown[] }
  refuseOption(query, { path: 'format', expected: 'nothing: the body holds the rows' })
  const options = readOptions({ ...query, ...fields, format: 'ndjson' }, { appendTo })
  return { options, file: await receiveRows(rows, path) }
}

function contentTypeOf({ headers }: FastifyRequest): { type: string; charset: string | undefined } {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim())
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter))
  return { type: type.toLowerCase(), charset: charset?.slice('charset='.length).replace(/^"|"$/g, '') }
}
