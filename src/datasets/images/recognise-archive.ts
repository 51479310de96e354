import { FlywheelError } from '../../contracts/errors.js'
import type { Recognition } from '../../contracts/reader.js'
import { textFiles } from '../documents/text-archive.js'
import { isPictureName } from './picture-names.js'
import { openZip } from './zip.js'

/** A ZIP is many things: an Office document is another reader's, and one without images and texts might be. */
export async function recogniseZip(path: string): Promise<Recognition> {
  try {
    const { names } = await openZip(path)
    if (names.includes('[Content_Types].xml')) return 'no'
    return names.some(isPictureName) || textFiles({ names }) !== null ? 'sure' : 'possible'
  } catch (error) {
    // Whoever reads it says what is wrong.
    if (error instanceof FlywheelError) return 'possible'
    throw error
  }
}
