import { discover } from '../contracts/discovery.js'
import type { Metric } from '../contracts/metric.js'

export type Metrics = ReadonlyMap<string, Metric>

/** Every metric by name. */
export const loadMetrics = (): Promise<Metrics> => discover<Metric>(new URL('./metrics/', import.meta.url))
