import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { parse } from '../contracts/validation.js'

/** One of several named things with options of its own: an optimizer, a schedule. */
export interface Named {
  readonly name: string
  readonly summary: string
  /** Every property with its default. */
  readonly options: TObject
}

/** What was chosen, with every option filled in. */
export type Chosen = { readonly name: string } & Readonly<Record<string, unknown>>

/**
 * The schema of a choice as a request may give it: the name and the options of all entries, each optional.
 * Flat, since defaults may not stand inside `anyOf`; `resolveChoice` refuses options of other entries.
 */
export function choiceSchema(entries: readonly Named[], description: string): TObject {
  const [first] = entries
  const all: Record<string, TSchema> = {}
  for (const { options } of entries) {
    for (const [option, schema] of Object.entries(options.properties)) {
      all[option] ??= { ...schema, description: `(${usersOf(option, entries)}) ${descriptionOf(schema)}` }
    }
  }
  return Type.Object(
    {
      name: Type.Optional(
        Type.Enum(
          entries.map(({ name }) => name),
          {
            description: `${entries.map(({ name, summary }) => `${name}: ${summary}`).join('; ')}. Default ${first?.name}`,
          },
        ),
      ),
      ...optionalWithoutDefaults(all),
    },
    { additionalProperties: false, description },
  )
}

/** Fills in the defaults of the named entry (the first one when no name is given). @throws FlywheelError */
export function resolveChoice(
  entries: readonly Named[],
  chosen: Readonly<Record<string, unknown>> = {},
  path: string,
): Chosen {
  const { name = entries[0]?.name, ...given } = chosen
  const entry = entries.find((candidate) => candidate.name === name) as Named
  return { name: entry.name, ...(parse(entry.options, given, { path }) as Static<TObject>) }
}

/** The same properties, each optional and without its default: for schemas that stand inside `anyOf`. */
export function optionalWithoutDefaults(
  properties: Readonly<Record<string, TSchema>>,
): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const { default: _, ...rest } = schema as TSchema & { default?: unknown }
      return [name, Type.Optional(rest as TSchema)]
    }),
  )
}

const descriptionOf = (schema: TSchema): string => (schema as { description?: string }).description ?? ''

const usersOf = (option: string, entries: readonly Named[]): string =>
  entries
    .filter(({ options }) => option in options.properties)
    .map(({ name }) => name)
    .join(', ')
