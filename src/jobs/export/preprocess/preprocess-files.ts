import { readFileSync } from 'node:fs'
import type { ArchiveFile } from '../archives/zip.js'

/** Where Flywheel's own modules stand, compiled. */
const sources = new URL('../../../', import.meta.url)
const FOLDER = 'preprocess'
const ENTRY = 'jobs/export/preprocess/preprocessor.js'

/** Where an export has its preprocessing. */
export const preprocessPath = `${FOLDER}/index.js`

/**
 * Flywheel's own modules for some transforms, as files that run anywhere: browsers, Node, workers. None of them needs a
 * package; the schemas of options, which were checked in training, become nothing.
 *
 * @param names of the transforms, each once
 * @returns the transforms that need more than a browser has, where there are such: then there are no files
 */
export function preprocessFiles(
  names: readonly string[],
): { readonly files: readonly ArchiveFile[] } | { readonly notPortable: readonly string[] } {
  const modules = new Map<string, string>()
  const notPortable = names.filter((name) => !collect(`transforms/${name}.js`, modules))
  if (notPortable.length > 0) return { notPortable }
  collect(ENTRY, modules)
  const file = (name: string, text: string): ArchiveFile => ({
    name: `${FOLDER}/${name}`,
    bytes: Buffer.from(text),
  })
  return {
    files: [
      file('index.js', index(names)),
      file('package.json', '{ "type": "module" }\n'),
      file('schemas.js', schemas),
      ...[...modules].map(([path, text]) => file(path, text)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ],
  }
}

const index = (names: readonly string[]): string => `import { preprocessor as prepared } from './${ENTRY}'
${names.map((name, at) => `import transform${at} from './transforms/${name}.js'\n`).join('')}
const transforms = [${names.map((_, at) => `transform${at}`).join(', ')}]

/** @param described what transforms.json holds */
export const preprocessor = (described) => prepared(described, transforms)
`

const schemas = `/** Options were checked when the model was trained: nothing is left of their schemas. */
export const Type = new Proxy({}, { get: () => () => ({}) })
`

/** Takes a module and those that it imports. @returns false where one of them needs a package, or Node itself */
function collect(path: string, modules: Map<string, string>): boolean {
  if (modules.has(path)) return true
  const source = readFileSync(new URL(path, sources), 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '')
  const imported = [...source.matchAll(/^(?:import|export)\s(?:[^'"]*\sfrom\s)?'([^']+)'/gm)].map(
    ([, specifier]) => specifier as string,
  )
  const up = '../'.repeat(path.split('/').length - 1) || './'
  const text = source.replaceAll(/(\sfrom )'typebox'/g, `$1'${up}schemas.js'`)
  const own = imported.filter((specifier) => specifier !== 'typebox')
  const isOnItsOwn = own.every((specifier) => specifier.startsWith('.')) && !/\bimport\(/.test(source)
  if (!isOnItsOwn) return false
  modules.set(path, text)
  return own.every((specifier) => collect(resolved(specifier, path), modules))
}

const resolved = (specifier: string, from: string): string =>
  new URL(specifier, `file:///${from}`).pathname.slice(1)
