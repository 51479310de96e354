import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'

/** A key pair of Ed25519 (RFC 8032). */
export interface SigningKey {
  /** The 32 bytes of the public half in base64url, as RFC 8037's `x`: 43 characters. */
  readonly publicKey: string
  /** PKCS #8, PEM. */
  readonly privateKey: string
}

export function newSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  return {
    publicKey: publicKeyOf(privateKey),
    privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  }
}

/** @throws TypeError when the text is no private key of Ed25519 in PEM */
export function readSigningKey(pem: string): SigningKey {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('it is a key of another algorithm')
  return { publicKey: publicKeyOf(key), privateKey: pem }
}

/** Whether a text can be a public key. */
const isPublicKey = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

/** The public key as other software reads it: SubjectPublicKeyInfo, PEM. */
export const publicPem = (publicKey: string): string =>
  String(publicKeyObject(publicKey).export({ type: 'spki', format: 'pem' }))

/** @returns 64 bytes in base64url */
export const signText = ({ privateKey }: SigningKey, text: string): string =>
  sign(null, Buffer.from(text), privateKey).toString('base64url')

/** False also for what is no key or no signature. */
export function isSignatureOf(
  text: string,
  { publicKey, signature }: { publicKey: string; signature: string },
): boolean {
  if (!isPublicKey(publicKey)) return false
  try {
    return verify(null, Buffer.from(text), publicKeyObject(publicKey), Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

const publicKeyObject = (x: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })

const publicKeyOf = (key: KeyObject): string => String(createPublicKey(key).export({ format: 'jwk' }).x)
