import type { AttributeValue, GraphNode } from './graph-def.js'
import { untraceable } from './trace.js'

/**
 * Compares two traces of the same function. Values that JavaScript made become constants: those that are others
 * the second time, such as tf.randomNormal's, would be frozen.
 *
 * @throws FlywheelError tensorflow-failed that names the operation which reads them; see `isUntraceable`
 */
export function refuseFrozenValues(first: readonly GraphNode[], second: readonly GraphNode[]): void {
  for (const [i, node] of first.entries()) {
    const other = second[i]
    if (other !== undefined && isSame(node, other)) continue
    if (node.op !== 'Const' && other?.op !== 'Const') throw untraceable(node.op, 'changes when it runs again')
    throw untraceable(readerOf(node.op === 'Const' ? [node, first] : [other as GraphNode, second]), FROZEN)
  }
  if (first.length !== second.length)
    throw untraceable('The step', 'takes more operations when it runs again')
}

const FROZEN = 'reads values that JavaScript makes anew each time, such as random ones'

/** The operation that first reads a node. */
export function readerOf([{ name }, nodes]: readonly [GraphNode, readonly GraphNode[]]): string {
  return nodes.find(({ inputs }) => inputs.includes(name))?.op ?? 'The result'
}

function isSame(a: GraphNode, b: GraphNode): boolean {
  return a.op === b.op && `${a.inputs}` === `${b.inputs}` && hasSameAttributes(a.attributes, b.attributes)
}

type Attributes = Readonly<Record<string, AttributeValue>>

export function hasSameAttributes(a: Attributes, b: Attributes): boolean {
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => name in b && isSameValue(a[name] as AttributeValue, b[name] as AttributeValue))
  )
}

function isSameValue(a: AttributeValue, b: AttributeValue): boolean {
  if ('encoded' in a) return 'encoded' in b && Buffer.compare(a.encoded, b.encoded) === 0
  if (!('tensor' in a && 'tensor' in b)) return JSON.stringify(a) === JSON.stringify(b)
  const [{ bytes, ...shape }, { bytes: others, ...otherShape }] = [a.tensor, b.tensor]
  return JSON.stringify(shape) === JSON.stringify(otherShape) && Buffer.compare(bytes, others) === 0
}
