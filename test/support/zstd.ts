const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** No checksum, no content size; a window of 2 MiB. */
const HEADER = Buffer.from([0x00, 0x58])
const BLOCK_BYTES = 128 * 1024
const RAW = 0
const REPEATED = 1

/** Bytes as a zstd frame (RFC 8878) that does not compress them. */
export function zstd(bytes: Buffer): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES)
    const isLast = at + BLOCK_BYTES >= bytes.length
    blocks.push(blockHeader({ kind: RAW, size: block.length, isLast }), block)
  }
  return Buffer.concat([MAGIC, HEADER, ...blocks])
}

/** A frame that expands to so many blocks of 128 KiB of one letter. */
export function zstdBomb(blocks: number): Buffer {
  const block = Buffer.concat([
    blockHeader({ kind: REPEATED, size: BLOCK_BYTES, isLast: false }),
    Buffer.from('a'),
  ])
  const last = Buffer.concat([blockHeader({ kind: REPEATED, size: 1, isLast: true }), Buffer.from('a')])
  return Buffer.concat([MAGIC, HEADER, ...Array.from({ length: blocks }, () => block), last])
}

function blockHeader({ kind, size, isLast }: { kind: number; size: number; isLast: boolean }): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (kind << 1) | Number(isLast), 0, 3)
  return header
}
