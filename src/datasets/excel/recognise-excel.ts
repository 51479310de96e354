import { open } from 'node:fs/promises'
import { FlywheelError } from '../../contracts/errors.js'
import type { Recognition } from '../../contracts/reader.js'
import { readDirectory } from '../images/zip-directory.js'

/** Whether a ZIP is a workbook, by the names in its directory. */
export async function recogniseExcel(path: string): Promise<Recognition> {
  const file = await open(path)
  try {
    const entries = await readDirectory(file, (await file.stat()).size)
    const names = new Set(entries.map(({ name }) => name.toLowerCase()))
    return names.has('[content_types].xml') && [...names].some((name) => name.startsWith('xl/'))
      ? 'sure'
      : 'no'
  } catch (error) {
    // What is damaged is another reader's to refuse: this one can not tell.
    if (error instanceof FlywheelError) return 'no'
    throw error
  } finally {
    await file.close()
  }
}
