import path from 'node:path'

const statement = /^(?:import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\s+from\s+)?'([^']+)'/gm
const lazy = /(?<!typeof )(?<![\w.])import\(\s*'([^']+)'/g

/**
 * The imports of one TypeScript file. Types alone are `import type …`: with verbatimModuleSyntax all other forms load
 * the module. Biome keeps the statements in the form that is read here.
 *
 * @param file path from the project's root, "src/api/app.ts"
 * @returns target: such a path, or a package's name; kind: "type", "value", or "lazy" for import()
 */
export function importsOf(file, text) {
  const statements = [...text.matchAll(statement)].map(([, type, specifier]) => ({
    target: resolve(file, specifier),
    kind: type ? 'type' : 'value',
  }))
  const calls = [...text.matchAll(lazy)].map(([, specifier]) => ({
    target: resolve(file, specifier),
    kind: 'lazy',
  }))
  return [...statements, ...calls]
}

function resolve(file, specifier) {
  if (specifier.startsWith('.'))
    return path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts')
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}

/** The files that are loaded with one, itself included, each with the chain of imports that leads there. */
export function loadedWith(entry, imports) {
  const chains = new Map([[entry, [entry]]])
  for (const [file, chain] of chains) {
    for (const { target, kind } of imports.get(file) ?? []) {
      if (kind === 'value' && !chains.has(target)) chains.set(target, [...chain, target])
    }
  }
  return chains
}

/** Import cycles: one for each group of files that reach each other. */
export function cycles(imports) {
  const found = []
  const seen = new Set()
  for (const file of imports.keys()) {
    if (seen.has(file)) continue
    const cycle = (imports.get(file) ?? [])
      .filter(({ kind }) => kind === 'value')
      .map(({ target }) => loadedWith(target, imports).get(file))
      .find((chain) => chain !== undefined)
    if (cycle === undefined) continue
    for (const member of cycle) seen.add(member)
    found.push([file, ...cycle])
  }
  return found
}
