import { basename, extname } from 'node:path/posix'
import { type Archive, unusableArchive } from './archive.js'
import { type Manifest, readManifest, withoutFile } from './manifest.js'
import { isBesideName, isClutter } from './picture-files.js'
import { IMAGE_COLUMN, nothingPassedOver, type PictureSource, passOver } from './pictures.js'

/** Endings of files that may be a manifest. */
const tables: ReadonlySet<string> = new Set(['.csv', '.tsv', '.json', '.jsonl', '.ndjson'])
/** So many are looked at, those in the outermost folders first: thousands of tables are notes on single images. */
const LOOKED_AT = 16

/**
 * The manifest of an archive.
 *
 * @param path where tables may be written to be read
 * @returns null when no table of the archive names its files
 * @throws FlywheelError dataset-invalid when several do
 */
export async function findManifest(archive: Archive, path: string): Promise<Manifest | null> {
  const depth = (name: string) => name.split('/').length
  const candidates = archive.names
    .filter((name) => !isClutter(name) && tables.has(extname(name).toLowerCase()))
    .sort((a, b) => depth(a) - depth(b))
    .slice(0, LOOKED_AT)
  if (candidates.length === 0) return null
  const wanted = new Set(candidates)
  const files = new Set(archive.names.filter((name) => !isClutter(name)))
  const found: Manifest[] = []
  for await (const file of archive.files((name) => wanted.has(name))) {
    if (!('bytes' in file)) continue
    const manifest = await readManifest(file, { files, path })
    if (manifest !== null) found.push(manifest)
  }
  return chosen(found)
}

/** One that is called so, the only one, or none where each is about one image alone. */
function chosen(found: readonly Manifest[]): Manifest | null {
  const [first, second] = found
  if (second === undefined) return first ?? null
  const named = found.filter(({ name }) => /^(manifest|metadata)\.[a-z]+$/i.test(basename(name)))
  if (named.length === 1) return named[0] as Manifest
  const several = found.filter((manifest) => manifest.found > 1).map(({ name }) => name)
  if (several.length < 2) return null
  throw unusableArchive(
    `The archive has ${several.length} tables that name its images: ${several.join(', ')}`,
    undefined,
    'Leave one of them in, or call the one that counts manifest.csv',
  )
}

/** The images that a manifest names, in the archive's order, with the manifest's columns. */
export function manifestImages(archive: Archive, manifest: Manifest): PictureSource {
  const passedOver = nothingPassedOver()
  passedOver.count = archive.others
  const byFile = new Map<string, (typeof manifest.rows)[number][]>()
  for (const row of manifest.rows) {
    if (row.file === null) continue
    const rows = byFile.get(row.file)
    if (rows === undefined) byFile.set(row.file, [row])
    else rows.push(row)
  }
  for (const name of archive.names) {
    if (byFile.has(name) || name === manifest.name) continue
    if (isClutter(name)) passedOver.count++
    else if (isBesideName(name)) passOver(passedOver, name)
    else passedOver.unnamed++
  }
  return {
    name: IMAGE_COLUMN,
    fileColumn: manifest.column,
    ...(manifest.csv ? { csv: manifest.csv } : {}),
    types: { [manifest.column]: 'text' },
    passedOver,
    async *pictures() {
      for (const row of manifest.rows) {
        const { path, line, file, problem } = row
        if (problem !== null) yield { path, line, content: problem }
        else if (file === null) yield { path, line, content: withoutFile(manifest, row) }
      }
      for await (const file of archive.files((name) => byFile.has(name))) {
        const content = 'bytes' in file ? file.bytes : { expected: 'an image', received: file.failure }
        for (const { line } of byFile.get(file.name) ?? []) yield { path: file.name, line, content }
      }
    },
  }
}
