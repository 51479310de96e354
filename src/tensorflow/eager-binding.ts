import type { CApi, Handle, Pointer } from './c-api.js'
import { DataType } from './data-types.js'
import type { EagerContext } from './eager-context.js'
import { type AttributeValue, decodeAttributes } from './graph/graph-def.js'
import type { Native } from './native.js'
import { takeBuffer } from './native-buffer.js'
import { type Status, tensorFlowError } from './status.js'

/** Kinds of operation attributes, numbered as tfjs's kernels number them. */
export const AttributeKind = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5, RESOURCE: 6 } as const

export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

export interface OutputMetadata {
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}

/** Is told of everything that runs, so that it can be written as a graph. It may throw, which refuses the call. */
export interface Observer {
  /** Values became tensor `id`. */
  created(id: number, tensor: { dtype: number; shape: readonly number[]; values: unknown }): void
  executing(name: string, inputs: readonly number[]): void
  executed(
    name: string,
    operation: {
      /** With those that TensorFlow inferred from the inputs. */
      attributes(): Record<string, AttributeValue>
      readonly ids: readonly number[]
      readonly results: readonly OutputMetadata[]
    },
  ): void
  /** Values of tensor `id` are taken to JavaScript. */
  reading(id: number): void
}

/**
 * The object that tfjs-node's kernels expect from its C++ addon, on TensorFlow's eager C API.
 * Tensors are known by number; each number owns one eager handle until `deleteTensor`.
 */
export function createEagerBinding({ native, context }: { native: Native; context: EagerContext }) {
  const { c, status, tensors } = native
  const handles = new Map<number, Pointer>()
  const setAttribute = attributeSetters(c, status)
  const onGpu = context.device.kind === 'gpu'
  let nextId = 0
  let liveOperations = 0

  function keep(handle: Pointer): number {
    const id = nextId++
    handles.set(id, handle)
    return id
  }

  function handleOf(id: number, operation: string): Pointer {
    const handle = handles.get(id)
    if (handle === undefined) {
      throw tensorFlowError(operation, 'INVALID_ARGUMENT', `tensor ${id} was disposed of`)
    }
    return handle
  }

  function newHandle(tensor: Pointer, dtype: number): Pointer {
    const onHost = c.TFE_NewTensorHandle(tensor, status.pointer)
    status.check('NewTensorHandle')
    // GPU kernels take shapes and indices from host memory, all else from the device.
    if (!onGpu || dtype !== DataType.FLOAT) return onHost
    try {
      const copied = c.TFE_TensorHandleCopyToDevice(
        onHost,
        context.pointer,
        context.device.path,
        status.pointer,
      )
      status.check('TensorHandleCopyToDevice')
      return copied
    } finally {
      c.TFE_DeleteTensorHandle(onHost)
    }
  }

  function metadata(handle: Pointer): OutputMetadata {
    const shape = new Array<number>(c.TFE_TensorHandleNumDims(handle, status.pointer))
    for (let i = 0; i < shape.length; i++) shape[i] = Number(c.TFE_TensorHandleDim(handle, i, status.pointer))
    return { id: keep(handle), shape, dtype: c.TFE_TensorHandleDataType(handle) }
  }

  /** All attributes of an operation whose inputs are set. */
  function attributesOf(op: Pointer): Record<string, AttributeValue> {
    const buffer = c.TF_NewBuffer()
    c.TFE_OpAttrsSerialize(c.TFE_OpGetAttrs(op), buffer, status.pointer)
    const encoded = takeBuffer(c, buffer)
    status.check('OpAttrsSerialize')
    return decodeAttributes(encoded)
  }

  return {
    native,
    observer: null as Observer | null,

    TF_FLOAT: DataType.FLOAT,
    TF_INT32: DataType.INT32,
    TF_UINT8: DataType.UINT8,
    TF_STRING: DataType.STRING,
    TF_COMPLEX64: DataType.COMPLEX64,
    TF_INT64: DataType.INT64,
    TF_BOOL: DataType.BOOL,
    TF_RESOURCE: DataType.RESOURCE,
    TF_ATTR_STRING: AttributeKind.STRING,
    TF_ATTR_INT: AttributeKind.INT,
    TF_ATTR_FLOAT: AttributeKind.FLOAT,
    TF_ATTR_BOOL: AttributeKind.BOOL,
    TF_ATTR_TYPE: AttributeKind.TYPE,
    TF_ATTR_SHAPE: AttributeKind.SHAPE,
    TF_ATTR_RESOURCE: AttributeKind.RESOURCE,
    TF_Version: c.TF_Version(),

    isUsingGpuDevice: () => onGpu,
    getNumOfTensors: () => handles.size,
    /** Native objects that somebody still owns: handles, tensors and operations. */
    liveHandles: () => handles.size + native.live() + liveOperations,

    createTensor(shape: ArrayLike<number>, dtype: number, values: unknown): number {
      const tensor = tensors.create(dtype, Array.from(shape), values)
      try {
        const id = keep(newHandle(tensor, dtype))
        this.observer?.created(id, { dtype, shape: Array.from(shape), values })
        return id
      } finally {
        tensors.delete(tensor)
      }
    },

    deleteTensor(id: number): void {
      const handle = handles.get(id)
      if (handle === undefined) return
      handles.delete(id)
      c.TFE_DeleteTensorHandle(handle)
    },

    tensorDataSync(id: number) {
      this.observer?.reading(id)
      const handle = handleOf(id, 'read')
      const tensor = tensors.resolve(handle)
      try {
        return tensors.read(tensor, c.TFE_TensorHandleDataType(handle))
      } finally {
        tensors.delete(tensor)
      }
    },

    /** Runs one operation; its outputs are the caller's. @throws FlywheelError tensorflow-failed */
    executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number) {
      this.observer?.executing(name, inputs)
      const op = c.TFE_NewOp(context.pointer, name, status.pointer)
      status.check(name)
      liveOperations++
      try {
        for (const { name: attribute, type, value } of attributes) setAttribute(op, attribute, type, value)
        for (const id of inputs) c.TFE_OpAddInput(op, handleOf(id, name), status.pointer)
        status.check(name)
        const results = new Array<Handle>(outputs).fill(null)
        const count: [number] = [outputs]
        c.TFE_Execute(op, results, count, status.pointer)
        status.check(name)
        const made = results.slice(0, count[0]).map((handle) => metadata(handle as Pointer))
        this.observer?.executed(name, {
          attributes: () => attributesOf(op),
          ids: inputs,
          results: made,
        })
        return made
      } finally {
        c.TFE_DeleteOp(op)
        liveOperations--
      }
    },
  }
}

export type EagerBinding = ReturnType<typeof createEagerBinding>

function attributeSetters(c: CApi, status: Status) {
  const big = (values: readonly number[]) => BigInt64Array.from(values, BigInt)
  return (op: Pointer, name: string, kind: number, value: unknown): void => {
    const list = Array.isArray(value) ? (value as number[]) : null
    switch (kind) {
      case AttributeKind.TYPE:
        if (list) c.TFE_OpSetAttrTypeList(op, name, Int32Array.from(list), list.length)
        else c.TFE_OpSetAttrType(op, name, value as number)
        return
      case AttributeKind.BOOL:
        c.TFE_OpSetAttrBool(op, name, value ? 1 : 0)
        return
      case AttributeKind.INT:
        if (list) c.TFE_OpSetAttrIntList(op, name, big(list), list.length)
        else c.TFE_OpSetAttrInt(op, name, value as number)
        return
      case AttributeKind.FLOAT:
        if (list) c.TFE_OpSetAttrFloatList(op, name, Float32Array.from(list), list.length)
        else c.TFE_OpSetAttrFloat(op, name, value as number)
        return
      case AttributeKind.STRING: {
        const bytes = Buffer.from(value as string)
        c.TFE_OpSetAttrString(op, name, bytes, bytes.length)
        return
      }
      case AttributeKind.SHAPE: {
        const shape = value as number[]
        c.TFE_OpSetAttrShape(op, name, big(shape), shape.length, status.pointer)
        status.check(name)
        return
      }
      default:
        throw tensorFlowError(name, 'UNIMPLEMENTED', `attributes of kind ${kind} are not supported`)
    }
  }
}
