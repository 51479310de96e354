type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * Moves every schema that has an `$id` to `components/schemas` and refers to it, so that a shared schema stands
 * in the document once.
 */
export function hoistSchemas(document: Json): Json {
  const schemas: { [key: string]: Json } = {}
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (value === null || typeof value !== 'object') return value
    const { $id, ...rest } = value
    const walked = Object.fromEntries(Object.entries(rest).map(([key, entry]) => [key, walk(entry)]))
    if (typeof $id !== 'string') return walked
    schemas[$id] = walked
    return { $ref: `#/components/schemas/${$id}` }
  }
  const walked = walk(document) as { components?: { [key: string]: Json } }
  return { ...walked, components: { ...walked.components, schemas } }
}
