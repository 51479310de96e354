import type { IncomingHttpHeaders } from 'node:http'
import { Type } from 'typebox'
import { FlywheelError, shown } from '../../contracts/errors.js'

const description =
  'The sha256 of the body in base64 between colons (RFC 9530): `sha-256=:…:`; this or the other header is needed'

export const DigestHeaders = Type.Object({
  'content-digest': Type.Optional(Type.String({ maxLength: 2000, description })),
  'repr-digest': Type.Optional(Type.String({ maxLength: 2000, description })),
})

const FORM = 'sha-256=:<base64 of the sha256>:'

/**
 * The sha256, in hex, that a request gives for its body. Other algorithms beside it are passed over, as RFC 9530 has it.
 *
 * @throws FlywheelError request-invalid when there is none, or two that differ
 */
export function readDigest(headers: IncomingHttpHeaders): string {
  const given = ['content-digest', 'repr-digest'].flatMap((name) => {
    const text = headers[name]
    return text === undefined ? [] : [{ name, text: String(text) }]
  })
  if (given.length === 0) throw refusal('content-digest', undefined)
  const [first, second = first] = given.map(({ name, text }) => sha256In(text) ?? fail(refusal(name, text)))
  if (first !== second) throw refusal('repr-digest', headers['repr-digest'], 'the same as in Content-Digest')
  return first as string
}

/** Of a structured dictionary the last member of a name counts (RFC 8941, 3.2). */
function sha256In(text: string): string | undefined {
  const [last] = [...text.matchAll(/(?:^|,)[ \t]*sha-256=:([A-Za-z0-9+/]{43}=):[ \t]*(?=,|$)/g)].slice(-1)
  return last === undefined ? undefined : Buffer.from(last[1] as string, 'base64').toString('hex')
}

/** As the header has it. */
export const contentDigestOf = (sha256: string): string =>
  `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`

function fail(error: Error): never {
  throw error
}

const refusal = (name: string, received: unknown, expected = FORM): FlywheelError =>
  new FlywheelError('request-invalid', `${name}: expected ${expected}, received ${shown(received)}`, {
    errors: [{ path: `header.${name}`, expected, received: shown(received) }],
    remedy: 'Send the checksum of the part: Content-Digest: sha-256=:…:',
  })
