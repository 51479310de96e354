import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { FlywheelError } from '../contracts/errors.js'

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

/** Where a page ends, as opaque text. */
export const writeCursor = (position: Readonly<Record<string, unknown>>): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url')

/**
 * Reads a cursor back; null where none was sent.
 *
 * @param schema what `writeCursor` was given
 * @throws FlywheelError request-invalid for anything that is no cursor of this list
 */
export function readCursor<Schema extends TSchema>(
  schema: Schema,
  cursor: string | undefined,
): Static<Schema> | null {
  if (cursor === undefined) return null
  const position = parsed(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (Value.Check(schema, position)) return position as Static<Schema>
  const expected = '`nextCursor` of a page of this list'
  throw new FlywheelError('request-invalid', `query.cursor: expected ${expected}`, {
    errors: [{ path: 'query.cursor', expected, received: 'another text' }],
  })
}

/**
 * Cuts a page from one row more than was asked for, which tells whether there is a next one.
 *
 * @param rows at most `limit` + 1, in order
 * @param position what `readCursor` will need to go on after a row
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  {
    limit,
    position,
    item,
  }: { limit: number; position: (row: Row) => Readonly<Record<string, unknown>>; item: (row: Row) => Item },
): { data: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    data: shown.map(item),
    nextCursor: rows.length > limit && last !== undefined ? writeCursor(position(last)) : null,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
