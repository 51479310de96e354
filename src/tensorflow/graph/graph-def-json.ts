import { DataType } from '../data-types.js'
import { encodeAttribute, type GraphNode } from './graph-def.js'
import { fields, packedValues } from './protobuf.js'

type Json = string | number | boolean | { readonly [key: string]: Json } | readonly Json[]

/** A node as protobuf's JSON form of a NodeDef has it; the values of constants stand elsewhere. */
export interface JsonNode {
  readonly name: string
  readonly op: string
  readonly input?: readonly string[]
  readonly attr: Readonly<Record<string, Json>>
}

/** Nodes in protobuf's JSON form, without what only orders them, and without the values of constants. */
export function jsonNodes(nodes: readonly GraphNode[]): JsonNode[] {
  return nodes.map(({ name, op, inputs, attributes }) => {
    const data = inputs.filter((input) => !input.startsWith('^'))
    const attr = Object.entries(attributes).map(([key, value]): [string, Json] => {
      if ('tensor' in value) {
        const { dtype, shape } = value.tensor
        return [key, { tensor: { dtype: typeName(dtype), tensorShape: jsonShape(shape) } }]
      }
      return [key, attributeOf(Buffer.concat(encodeAttribute(value)))]
    })
    return { name, op, ...(data.length > 0 ? { input: data } : {}), attr: Object.fromEntries(attr) }
  })
}

export const jsonShape = (shape: readonly number[]) => ({
  dim: shape.map((size) => ({ size: String(size) })),
})

const names = new Map(Object.entries(DataType).map(([name, number]) => [number as number, `DT_${name}`]))

export const typeName = (dtype: number): string => names.get(dtype) ?? String(dtype)

const list = 1
/** The other kinds of an AttrValue, and of its lists (tensorflow/core/framework/attr_value.proto). */
const kinds: Readonly<Record<number, string>> = { 2: 's', 3: 'i', 4: 'f', 5: 'b', 6: 'type', 7: 'shape' }

/** @throws TypeError for attributes that no operation of a forward pass has: functions, tensors */
function attributeOf(encoded: Uint8Array): Json {
  for (const { field, value } of fields(encoded)) {
    if (field === list) return { list: listOf(value as Uint8Array) }
    return { [kindOf(field)]: single(kindOf(field), value) }
  }
  return {}
}

function listOf(encoded: Uint8Array): Json {
  const lists: Record<string, Json[]> = {}
  for (const { field, value } of fields(encoded)) {
    const kind = kindOf(field)
    const isPacked = kind !== 's' && kind !== 'shape' && typeof value !== 'number'
    const values = isPacked ? unpacked(kind, value) : [value]
    const made = lists[kind] ?? []
    lists[kind] = [...made, ...values.map((each) => single(kind, each))]
  }
  return lists
}

function unpacked(kind: string, bytes: Uint8Array): (number | Uint8Array)[] {
  if (kind !== 'f') return [...packedValues(bytes)]
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.subarray(4 * i, 4 * i + 4))
}

function single(kind: string, value: number | Uint8Array): Json {
  if (typeof value === 'number') {
    if (kind === 'b') return value === 1
    return kind === 'type' ? typeName(value) : String(value)
  }
  if (kind === 's') return Buffer.from(value).toString('base64')
  if (kind === 'f') return Buffer.from(value).readFloatLE()
  return jsonShape([...fields(value)].filter(({ field }) => field === 2).map(sizeOf))
}

/** A dimension's size; 0 is not written. */
function sizeOf({ value }: { readonly value: number | Uint8Array }): number {
  const [size] = [...fields(value as Uint8Array)].filter(({ field }) => field === 1)
  return (size?.value as number | undefined) ?? 0
}

function kindOf(field: number): string {
  const kind = kinds[field]
  if (kind === undefined) throw new TypeError(`An attribute of kind ${field} is not expected here`)
  return kind
}
