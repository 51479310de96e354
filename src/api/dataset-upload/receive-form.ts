import type { Readable } from 'node:stream'
import type {} from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { FlywheelError, shown } from '../../contracts/errors.js'
import { declaredFormat } from './declared-format.js'
import { readOptions, type UploadOptions } from './options.js'
import { type ReceivedFile, receiveFile } from './receive-file.js'

export interface ReceivedUpload {
  readonly options: UploadOptions
  readonly file: ReceivedFile
  /** Of IDX images. */
  readonly labels?: ReceivedFile
}

const FIELD_BYTES = 1024 ** 2
const MAX_FIELDS = 20

/**
 * Reads a form: fields first, checked before the file is taken in, then one part named `file`, and perhaps one named
 * `labels`.
 *
 * @param options.appendTo the dataset that rows are appended to; else a field names one
 * @throws FlywheelError upload-malformed for another order, request-invalid for fields, those of `receiveFile`
 */
export async function receiveForm(
  request: FastifyRequest,
  { path, maxBytes, appendTo }: { path: string; maxBytes: number; appendTo?: string | undefined },
): Promise<ReceivedUpload> {
  const fields: Record<string, unknown> = {}
  let form: ReceivedUpload | null = null
  for await (const part of partsOf(request, maxBytes)) {
    if (form !== null) {
      if (part.type === 'file' && part.fieldname === 'labels' && form.labels === undefined) {
        form = await withLabels(form, part.file)
        continue
      }
      throw malformed(
        `The part ${shown(part.fieldname)} stands after the file; fields come first, then one file`,
      )
    }
    if (part.type === 'field') {
      addField(fields, part)
      continue
    }
    if (part.fieldname !== 'file') {
      throw malformed(`The file’s part is named ${shown(part.fieldname)}, not "file"`)
    }
    const given = { ...(request.query as object), ...fields }
    if (appendTo === undefined && !Object.hasOwn(given, 'name')) {
      throw malformed('No field "name" stands before the file; fields come first, then one file')
    }
    const options = readOptions(given, { appendTo })
    const file = await receiveFile(part.file, { path, maxBytes, encoding: options.encoding })
    form = {
      options: { ...options, ...declaredFormat({ type: part.mimetype, filename: part.filename }) },
      file,
    }
  }
  if (form === null) throw malformed('The form has no part named "file"')
  return form

  async function withLabels(received: ReceivedUpload, stream: Readable): Promise<ReceivedUpload> {
    const left = maxBytes - received.file.sizeBytes
    return { ...received, labels: await receiveFile(stream, { path: `${path}-labels`, maxBytes: left }) }
  }
}

async function* partsOf(request: FastifyRequest, maxBytes: number) {
  try {
    yield* request.parts({
      limits: { fieldSize: FIELD_BYTES, fields: MAX_FIELDS, files: 2, fileSize: maxBytes + 1 },
    })
  } catch (error) {
    if (error instanceof FlywheelError) throw error
    throw new FlywheelError('upload-malformed', `The form can not be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function addField(
  fields: Record<string, unknown>,
  { fieldname, value, valueTruncated }: { fieldname: string; value: unknown; valueTruncated: boolean },
): void {
  if (valueTruncated) throw malformed(`The field ${shown(fieldname)} is longer than ${FIELD_BYTES} bytes`)
  if (Object.hasOwn(fields, fieldname)) throw malformed(`The field ${shown(fieldname)} stands there twice`)
  fields[fieldname] = value
}

const malformed = (detail: string): FlywheelError => new FlywheelError('upload-malformed', detail)
