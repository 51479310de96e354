import { type TSchema, Type } from 'typebox'

/** The query of every list route. */
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'How many entries to give' }),
    ),
    cursor: Type.Optional(
      Type.String({ minLength: 1, maxLength: 500, description: '`nextCursor` of the page before' }),
    ),
  },
  { additionalProperties: false },
)

/** The answer of every list route. */
export const Page = <Item extends TSchema>(item: Item) =>
  Type.Object({
    data: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'Null on the last page' }),
  })
