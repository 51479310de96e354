import { type TProperties, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'

/** A JSON Schema within an answer. */
export const JsonSchema = Type.Record(Type.String(), Type.Unknown(), { description: 'A JSON Schema' })

/** The answer of a catalogue route: all entries by name, with `properties` beside name and summary. */
export const CatalogueAnswer = <Properties extends TProperties>(properties: Properties) =>
  Type.Object({
    data: Type.Array(
      Type.Object({
        name: Type.String({ description: 'What a job names' }),
        summary: Type.String({ description: 'What it does, in a sentence' }),
        ...properties,
      }),
    ),
    nextCursor: Type.Null({ description: 'All entries stand on one page' }),
  })

/** Every option's default, as it is filled in when a job names none. */
export const defaultsOf = (schema: TSchema): Record<string, unknown> =>
  Value.Default(schema, {}) as Record<string, unknown>

/** A schema as plain JSON. */
export const plain = (schema: TSchema): Record<string, unknown> =>
  JSON.parse(JSON.stringify(schema)) as Record<string, unknown>
