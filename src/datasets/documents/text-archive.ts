import type { Archive } from '../images/archive.js'
import { folderLabel, isClutter } from '../images/picture-files.js'
import { isPictureName } from '../images/picture-names.js'

const text = /\.(txt|text)$/i

/** Which files of an archive are texts to be read, and what else it holds. */
export interface TextFiles {
  readonly names: readonly string[]
  /** Whether the texts lie in folders: their classes. */
  readonly hasLabels: boolean
  /** Files that are none of the texts. */
  readonly others: readonly string[]
}

/**
 * The texts of an archive that holds no images: those in folders; where there are no folders, all.
 *
 * @returns null for an archive of something else
 */
export function textFiles({ names }: Pick<Archive, 'names'>): TextFiles | null {
  if (names.some(isPictureName)) return null
  const all = names.filter((name) => text.test(name) && !isClutter(name))
  const inFolders = all.filter((name) => folderLabel(name) !== null)
  const chosen = inFolders.length > 0 ? inFolders : all
  const isChosen = new Set(chosen)
  const others = names.filter((name) => !isChosen.has(name) && !isClutter(name))
  // A note beside files of another kind, images without an end to their names for one.
  if (chosen.length === 0 || others.length > chosen.length) return null
  return { names: chosen, hasLabels: inFolders.length > 0, others }
}
