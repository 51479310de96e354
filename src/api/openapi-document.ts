type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Keys whose values are data, not schemas. */
const DATA_KEYS = new Set(['default', 'example', 'examples', 'const', 'enum'])

/**
 * Moves every schema whose `title` is a type's name ("Problem") to `components/schemas` and refers to it, so that
 * a shared schema stands in the document once.
 *
 * @throws when two different schemas have the same title
 */
export function hoistSchemas(document: Json): Json {
  const schemas: { [key: string]: Json } = {}
  const walk = (value: Json, isNameMap = false): Json => {
    if (Array.isArray(value)) return value.map((entry) => walk(entry))
    if (value === null || typeof value !== 'object') return value
    const walked = Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        !isNameMap && DATA_KEYS.has(key) ? entry : walk(entry, !isNameMap && key === 'properties'),
      ]),
    )
    const { title } = walked
    if (isNameMap || typeof title !== 'string' || !/^[A-Z][A-Za-z]+$/.test(title) || !isSchema(walked))
      return walked
    const known = schemas[title]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(walked)) {
      throw new Error(`Two different schemas have the title ${title}`)
    }
    schemas[title] = walked
    return { $ref: `#/components/schemas/${title}` }
  }
  const walked = walk(document) as { components?: { [key: string]: Json } }
  return { ...walked, components: { ...walked.components, schemas } }
}

const isSchema = (value: { [key: string]: Json }): boolean =>
  'type' in value || 'anyOf' in value || 'enum' in value
