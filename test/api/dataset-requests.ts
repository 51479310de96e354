import type { FastifyInstance, InjectOptions } from 'fastify'

export const csv = { 'content-type': 'text/csv' }

/** What tests send to the dataset routes of the app, which may start later. */
export function datasetRequests(app: () => FastifyInstance) {
  const send = async (options: InjectOptions) => {
    const { statusCode, headers, body } = await app().inject(options)
    return { status: statusCode, headers, body: body === '' ? null : JSON.parse(body) }
  }
  return {
    send,
    upload: (name: string, payload: string | Buffer, query = '') =>
      send({ method: 'POST', url: `/v1/datasets?name=${name}${query}`, headers: csv, payload }),
    get: (url: string) => send({ method: 'GET', url }),
  }
}
