type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Keys whose values are data, not schemas. */
const DATA_KEYS = new Set(['default', 'example', 'examples', 'const', 'enum'])

/**
 * Moves every schema whose `title` is a type's name ("Problem") to `components/schemas` and refers to it, so that
 * a shared schema stands in the document once.
 *
 * @throws when two schemas with the same title differ in more than their description
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
    if (isNameMap) return walked
    const own = asDrafted(walked)
    if (!isShared(own)) return own
    const { description, ...schema } = own
    const known = schemas[schema.title]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`Two different schemas have the title ${schema.title}`)
    }
    schemas[schema.title] = schema
    const $ref = `#/components/schemas/${schema.title}`
    return description === undefined ? { $ref } : { $ref, description }
  }
  const walked = walk(document) as { components?: { [key: string]: Json } }
  return { ...walked, components: { ...walked.components, schemas } }
}

/**
 * Lists of fixed length as JSON Schema 2020-12 writes them, which OpenAPI 3.1 goes by; TypeBox writes draft 7. What holds for
 * each of their items is written as every tool reads it.
 */
function asDrafted(schema: { [key: string]: Json }): { [key: string]: Json } {
  const { items, additionalItems: _, ...rest } = schema
  if (!Array.isArray(items)) return schema
  const [first = true, ...others] = items
  const isAlike = others.every((item) => JSON.stringify(item) === JSON.stringify(first))
  const own = isAlike ? { items: first } : { prefixItems: items, items: false }
  return { ...rest, ...own, minItems: items.length, maxItems: items.length }
}

/** Titles of one word in capitals and lower case name a shared schema; others are words for people. */
const isShared = (value: { [key: string]: Json }): value is { [key: string]: Json; title: string } =>
  typeof value.title === 'string' &&
  /^[A-Z][A-Za-z]+$/.test(value.title) &&
  ['type', 'anyOf', 'enum'].some((key) => key in value)
