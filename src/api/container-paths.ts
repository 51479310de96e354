import type { IncomingMessage } from 'node:http'
import type { Config } from '../config.js'

/** Leads the paths that a platform has chosen for its container to the routes that answer them. */
export function containerPaths({ healthRoute, predictRoute }: NonNullable<Config['container']>) {
  return ({ url = '/' }: Pick<IncomingMessage, 'url'>): string => {
    const path = url.split('?', 1)[0]
    if (path === predictRoute) return '/invocations'
    return path === healthRoute ? '/ping' : url
  }
}
