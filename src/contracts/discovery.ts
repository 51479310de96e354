import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'

/**
 * Loads every module of a folder and gives their default exports by name, in alphabetical order.
 * One file in the folder is all that is needed to add an entry; its name must equal the entry's `name`.
 *
 * @param folder URL of the compiled folder; sub-folders are not entered
 * @throws when a file has no default export or another name than its entry
 */
export async function discover<T extends { readonly name: string }>(
  folder: URL,
): Promise<ReadonlyMap<string, T>> {
  const files = (await readdir(folder)).filter((file) => /^[a-z0-9-]+\.(js|ts)$/.test(file)).sort()
  const entries = await Promise.all(files.map((file) => load<T>(folder, file)))
  return new Map(entries.map((entry) => [entry.name, entry]))
}

async function load<T extends { readonly name: string }>(folder: URL, file: string): Promise<T> {
  const module = (await import(new URL(file, folder).href)) as { default?: T }
  const expected = basename(file).replace(/\.(js|ts)$/, '')
  if (module.default?.name !== expected) {
    throw new Error(
      `${file} must export by default an entry named "${expected}", not "${module.default?.name}"`,
    )
  }
  return module.default
}
