/** Words that can be no names of arguments in Python 3 (keyword.kwlist), and what methods are called on. */
const taken = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield self'
  ).split(' '),
)

/**
 * Names that TensorFlow takes as those of a signature's inputs, because Python passes them by name: letters, digits
 * and underscores of ASCII. A name that is one already stays as it is.
 *
 * @returns one for each of the given names, in their order, each once
 */
export function argumentNames(names: readonly string[]): string[] {
  const used = new Set(names.filter(isArgumentName))
  return names.map((name) => {
    if (isArgumentName(name)) return name
    const plain = name.normalize('NFKD').replaceAll(/[^A-Za-z0-9_]+/g, '_')
    const base = isArgumentName(plain) ? plain : `column_${plain.replace(/^_+/, '')}`
    let free = base
    for (let i = 2; used.has(free); i++) free = `${base}_${i}`
    used.add(free)
    return free
  })
}

const isArgumentName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !taken.has(name)
