import type { Reader } from '../../contracts/reader.js'
import { jsonFormOf } from '../json/json-form.js'

/** A list of flat objects, or an object of lists. */
export default {
  name: 'json',
  title: 'JSON',
  signatures: [],
  options: ['encoding'],
  recognise({ head }) {
    const form = jsonFormOf(head)
    return form === 'array' || form === 'columns' ? 'sure' : form === 'lines' ? 'possible' : 'no'
  },
  ingest: async (request) => (await import('../json/ingest-json.js')).ingestJson(request),
} satisfies Reader
