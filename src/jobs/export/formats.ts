import { discover } from '../../contracts/discovery.js'
import type { ExportFormat } from './format.js'

/** Every format by its name. */
export const formats = await discover<ExportFormat>(new URL('./formats/', import.meta.url))
