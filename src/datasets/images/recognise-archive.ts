import { FlywheelError } from '../../contracts/errors.js'
import type { Recognition } from '../../contracts/reader.js'
import { isIdxName } from './archive-images.js'
import { openZip } from './zip.js'

const image = /\.(png|jpe?g|gif|webp|tiff?|bmp)$/i

/** A ZIP is many things: an Office document is another reader's, and one without images might be. */
export async function recogniseZip(path: string): Promise<Recognition> {
  try {
    const { names } = await openZip(path)
    if (names.includes('[Content_Types].xml')) return 'no'
    return names.some((name) => image.test(name) || isIdxName(name)) ? 'sure' : 'possible'
  } catch (error) {
    // Whoever reads it says what is wrong.
    if (error instanceof FlywheelError) return 'possible'
    throw error
  }
}
