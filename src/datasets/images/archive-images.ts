import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import idx from '../readers/idx.js'
import { unpack } from '../unpack/unpack.js'
import type { Archive } from './archive.js'
import { classFolders } from './class-folders.js'
import { type IdxFile, idxImages, openIdx, pairIdx } from './idx.js'
import { findManifest, manifestImages } from './manifest-images.js'
import { isClutter } from './picture-files.js'
import type { PictureSource } from './pictures.js'

/**
 * The images of an archive: IDX files in it, those that a manifest names, or all, in class folders.
 *
 * @param folder for temporary files
 */
export async function archiveImages(archive: Archive, folder: string): Promise<PictureSource> {
  const idx = await idxFiles(archive, folder)
  if (idx.length > 0) return idxImages(pairIdx(idx))
  const manifest = await findManifest(archive, join(folder, 'manifest'))
  return manifest === null ? classFolders(archive) : manifestImages(archive, manifest)
}

/** Whether a file of an archive may be an IDX file. */
export const isIdxName = (name: string): boolean => /(idx|ubyte)/i.test(basename(name)) && !isClutter(name)

async function idxFiles(archive: Archive, folder: string): Promise<IdxFile[]> {
  if (!archive.names.some(isIdxName)) return []
  const found: IdxFile[] = []
  let written = 0
  for await (const file of archive.files(isIdxName)) {
    if (!('bytes' in file)) continue
    // Names of our own: those of the archive are never paths.
    const path = join(folder, `idx-${written++}`)
    await writeFile(path, file.bytes)
    const opened = await openPacked(path, { name: file.name, folder: path })
    if (opened !== null) found.push(opened)
  }
  return found
}

/** An IDX file as it was packed, perhaps with gzip around it; null for another file. */
async function openPacked(
  path: string,
  { name, folder }: { name: string; folder: string },
): Promise<IdxFile | null> {
  const own = `${folder}-unpacked`
  await mkdir(own, { recursive: true })
  const file = await unpack(path, own)
  const isIdx = idx.signatures.some(({ bytes }) => file.head.subarray(0, bytes.length).equals(bytes))
  return isIdx ? openIdx(file.path, name) : null
}
