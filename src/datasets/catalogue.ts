import { discover } from '../contracts/discovery.js'
import type { Reader } from '../contracts/reader.js'

export type Readers = ReadonlyMap<string, Reader>

let loading: Promise<Readers> | undefined

/** The formats that files can have, by name. They load what they read with when they are asked to. */
export function loadReaders(): Promise<Readers> {
  loading ??= discover<Reader>(new URL('./readers/', import.meta.url))
  return loading
}
