import type { IncomingHttpHeaders } from 'node:http'
import { FlywheelError, shown } from '../../contracts/errors.js'

/** Whether only this machine can reach an address that is listened on. */
export const isLoopbackAddress = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

/**
 * Refuses what a page in a browser on this machine can send by way of DNS rebinding or from another origin.
 *
 * @throws FlywheelError host-not-allowed
 */
export function checkLocalRequest({ host, origin }: IncomingHttpHeaders): void {
  if (host === undefined || !LOOPBACK_HOST.test(host)) {
    throw new FlywheelError(
      'host-not-allowed',
      `Without API keys only loopback addresses are answered, not ${shown(host)}`,
    )
  }
  if (origin === undefined) return
  const own = [`http://${host}`, `https://${host}`].map((text) => text.toLowerCase())
  if (!own.includes(origin.toLowerCase())) {
    throw new FlywheelError('host-not-allowed', `Requests from the origin ${shown(origin)} are not answered`)
  }
}
