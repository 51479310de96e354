import { discover } from '../contracts/discovery.js'
import type { CompressionMethod } from './method.js'

export type CompressionMethods = ReadonlyMap<string, CompressionMethod>

/** Every compression method by name. */
export const loadCompressionMethods = (): Promise<CompressionMethods> =>
  discover<CompressionMethod>(new URL('./methods/', import.meta.url))
