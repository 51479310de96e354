import type { FastifyRequest } from 'fastify'

/**
 * Where a client reaches the service, as it wrote it: what stands in examples. A Host header that is none (it could
 * carry a command for a shell) gives the address of the configuration.
 */
export function askedOrigin({ protocol, headers, server }: FastifyRequest): string {
  const host = headers.host ?? ''
  const isHost = /^[a-z0-9.-]{1,253}(:\d{1,5})?$|^\[[0-9a-f:.]{2,45}\](:\d{1,5})?$/i.test(host)
  const { host: address, port } = server.config
  return `${protocol}://${isHost ? host : `${address.includes(':') ? `[${address}]` : address}:${port}`}`
}
