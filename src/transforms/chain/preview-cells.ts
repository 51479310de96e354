import type { Column, Table, TensorLayout } from '../../contracts/table.js'
import { pixelThumbnails, thumbnails } from '../../datasets/images/thumbnails.js'
import { sizeOfShape } from '../../datasets/select-rows.js'

/**
 * A value as it is shown: a number, a text, null for missing; an image's size and a small one of it; the beginning of a
 * block of numbers, with a small image where it is one.
 */
export type PreviewCell =
  | number
  | string
  | null
  | { readonly sizeBytes: number; readonly image: string | null }
  | (Pick<TensorLayout, 'rowKind'> & {
      readonly shape: readonly number[]
      readonly values: readonly number[]
      readonly image?: string | null
    })

/** Numbers of a block that are shown. */
const SHOWN_NUMBERS = 1000

/** The rows of a table as objects. */
export async function shownRows({ rows, columns }: Table): Promise<Record<string, PreviewCell>[]> {
  const cells: (readonly [name: string, at: (row: number) => PreviewCell])[] = []
  for (const column of columns) cells.push([column.name, await cellOf(column)])
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(cells.map(([name, at]) => [name, at(row)])),
  )
}

async function cellOf(column: Column): Promise<(row: number) => PreviewCell> {
  switch (column.kind) {
    case 'numeric':
      return (row) => finite(column.values[row] as number)
    case 'text':
      return (row) => {
        const code = column.codes[row] as number
        return code < 0 ? null : (column.dictionary[code] as string)
      }
    case 'bytes': {
      const images = await thumbnails(column.values)
      return (row) => {
        const value = column.values[row]
        return value ? { sizeBytes: value.length, image: images[row] ?? null } : null
      }
    }
    case 'tensor': {
      const { rowKind, values } = column
      const shape = [...column.shape]
      const size = sizeOfShape(shape)
      const images = rowKind === 'image' ? await pixelThumbnails(values, shape) : null
      return (row) => ({
        rowKind,
        shape,
        values: [...values.subarray(row * size, row * size + Math.min(size, SHOWN_NUMBERS))],
        ...(images === null ? {} : { image: images[row] ?? null }),
      })
    }
  }
}

/** JSON knows no others. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
