import type { CApi, Pointer } from './c-api.js'

/** Copies a TF_Buffer's bytes and deletes it. */
export function takeBuffer(c: CApi, buffer: Pointer): Uint8Array {
  try {
    const head = new BigUint64Array(2) // TF_Buffer begins with its address and length
    c.copyOut(head, buffer, head.byteLength)
    const bytes = new Uint8Array(Number(head[1]))
    if (bytes.length > 0) c.copyOut(bytes, head[0] as Pointer, bytes.length)
    return bytes
  } finally {
    c.TF_DeleteBuffer(buffer)
  }
}
