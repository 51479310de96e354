import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

interface Script {
  dirtyAdult(text: string): { readonly csv: string; readonly labels: readonly string[] }
}
const script = new URL('../../../scripts/dirty-adult.mjs', import.meta.url).href
const { dirtyAdult } = (await import(script)) as Script

/** The census data made dirty, and the clean label of each of its rows. */
export const readDirtyAdult = (folder: string): ReturnType<Script['dirtyAdult']> =>
  dirtyAdult(gunzipSync(readFileSync(join(folder, 'adult.csv.gz'))).toString())
