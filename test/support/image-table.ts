import sharp from 'sharp'
import type { TableWithSnapshot } from './csv-table.js'

const SIDE = 8

/** Grey pictures of lines, as [rows, 64] bytes: those of even rows run across, the others from top to bottom. */
export function drawnLines(rows: number): Uint8Array[] {
  return Array.from({ length: rows }, (_, row) =>
    Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
      const [x, y] = [at % SIDE, Math.floor(at / SIDE)]
      const along = row % 2 === 0 ? y : x
      const noise = (Math.imul(row * 64 + at + 1, 2654435761) >>> 24) / 4
      return (Math.floor((along + row) / 2) % 2) * 160 + noise
    }),
  )
}

/** A dataset of such pictures, as class folders give it. */
export async function lineImages(rows: number): Promise<TableWithSnapshot> {
  const raw = { width: SIDE, height: SIDE, channels: 1 } as const
  const files = await Promise.all(
    drawnLines(rows).map((data) => sharp(data, { raw }).toColourspace('b-w').png().toBuffer()),
  )
  const names = files.map((_, row) => `${row}.png`)
  return {
    table: {
      rows,
      columns: [
        { kind: 'bytes', name: 'image', values: files },
        {
          kind: 'text',
          name: 'label',
          codes: Int32Array.from(files, (_, row) => row % 2),
          dictionary: ['across', 'down'],
        },
        { kind: 'text', name: 'file', codes: Int32Array.from(names.keys()), dictionary: names },
      ],
    },
    snapshot: {
      name: 'lines',
      version: 1,
      rows,
      columns: [
        {
          name: 'image',
          type: 'image',
          missing: 0,
          distinct: rows,
          images: { width: SIDE, height: SIDE, channels: 1 },
        },
        { name: 'label', type: 'category', missing: 0, distinct: 2 },
        { name: 'file', type: 'text', missing: 0, distinct: rows },
      ],
      parts: [{ sha256: '', rows, sizeBytes: files.reduce((sum, { length }) => sum + length, 0) }],
    },
  }
}
