import koffi from 'koffi'
import { graphFunctions } from './c-api-graph.js'

/** An address in native memory. */
export type Pointer = bigint
export type Handle = Pointer | null
export type Bytes = NodeJS.TypedArray
/** Declares a C function and gives it its TypeScript type. */
export type Declare = <F extends (...parameters: never[]) => unknown>(declaration: string) => F

// Pinned: koffi unloads libraries at exit, and TensorFlow unloaded under its own threads ends the process with SIGSEGV.
const RTLD_LAZY = 1
const RTLD_NODELETE = 0x1000

const STACK_BYTES = 8 * 2 ** 20
let areStacksSet = false

/**
 * Loads libtensorflow_cc and declares the functions of TensorFlow's C API that Flywheel calls
 * (tensorflow/c/c_api.h, tensorflow/c/eager/c_api.h of 2.21).
 *
 * @throws Error of koffi when the file is no loadable library or lacks a function
 */
export function loadCApi(library: string) {
  // koffi calls run on stacks of its own, those of async calls of 128 KiB; XLA's compiler expects a thread's usual one.
  // Set once: after the first library, be it the one that is not there, koffi takes no settings any more.
  if (!areStacksSet) koffi.config({ sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES })
  areStacksSet = true
  const libc = koffi.load('libc.so.6')
  if (libc.func('void* dlopen(const char* file, int mode)')(library, RTLD_LAZY | RTLD_NODELETE) === null) {
    throw new Error(libc.func('const char* dlerror()')() as string)
  }
  const tensorflow = koffi.load(library, { lazy: true })
  const c: Declare = (declaration) => tensorflow.func(declaration) as never

  return {
    copyIn: libc.func('void* memcpy(void* to, const void* from, size_t n)') as unknown as (
      to: Pointer,
      from: Bytes,
      bytes: number,
    ) => Pointer,
    copyOut: libc.func('void* memcpy(_Out_ void* to, void* from, size_t n)') as unknown as (
      to: Bytes,
      from: Pointer,
      bytes: number,
    ) => Pointer,

    /** Memory of the library's, as long as it lives: no copy. */
    view: (at: Pointer, bytes: number): ArrayBuffer => koffi.view(at, bytes),

    TF_Version: c<() => string>('const char* TF_Version()'),
    TF_NewStatus: c<() => Pointer>('void* TF_NewStatus()'),
    TF_GetCode: c<(status: Pointer) => number>('int TF_GetCode(void* s)'),
    TF_Message: c<(status: Pointer) => string>('const char* TF_Message(void* s)'),

    TF_DeleteStatus: c<(status: Pointer) => void>('void TF_DeleteStatus(void* s)'),
    TF_NewBuffer: c<() => Pointer>('void* TF_NewBuffer()'),
    TF_NewBufferFromString: c<(bytes: Bytes, length: number) => Pointer>(
      'void* TF_NewBufferFromString(const void* p, size_t n)',
    ),
    TF_GetRegisteredKernelsForOp: c<(operation: string, status: Pointer) => Pointer>(
      'void* TF_GetRegisteredKernelsForOp(const char* name, void* s)',
    ),
    TF_DeleteBuffer: c<(buffer: Pointer) => void>('void TF_DeleteBuffer(void* b)'),

    TF_AllocateTensor: c<(dtype: number, dims: BigInt64Array | null, rank: number, bytes: number) => Handle>(
      'void* TF_AllocateTensor(int dtype, const int64_t* dims, int rank, size_t bytes)',
    ),
    TF_TensorData: c<(tensor: Pointer) => Handle>('void* TF_TensorData(void* t)'),
    TF_TensorByteSize: c<(tensor: Pointer) => number>('size_t TF_TensorByteSize(void* t)'),
    TF_DeleteTensor: c<(tensor: Pointer) => void>('void TF_DeleteTensor(void* t)'),
    TF_TensorType: c<(tensor: Pointer) => number>('int TF_TensorType(void* t)'),
    TF_StringInit: c<(string: Pointer) => void>('void TF_StringInit(void* s)'),
    TF_StringCopy: c<(string: Pointer, from: Bytes, bytes: number) => void>(
      'void TF_StringCopy(void* s, const void* from, size_t n)',
    ),
    TF_StringGetSize: c<(string: Pointer) => number>('size_t TF_StringGetSize(void* s)'),
    TF_StringGetDataPointer: c<(string: Pointer) => Pointer>('void* TF_StringGetDataPointer(void* s)'),

    TFE_NewContextOptions: c<() => Pointer>('void* TFE_NewContextOptions()'),
    TFE_DeleteContextOptions: c<(options: Pointer) => void>('void TFE_DeleteContextOptions(void* o)'),
    TFE_ContextOptionsSetConfig: c<(o: Pointer, proto: Bytes, bytes: number, status: Pointer) => void>(
      'void TFE_ContextOptionsSetConfig(void* o, const void* proto, size_t n, void* s)',
    ),
    TFE_NewContext: c<(options: Pointer, status: Pointer) => Pointer>(
      'void* TFE_NewContext(void* o, void* s)',
    ),
    TFE_ContextListDevices: c<(context: Pointer, status: Pointer) => Pointer>(
      'void* TFE_ContextListDevices(void* c, void* s)',
    ),
    TF_DeviceListCount: c<(list: Pointer) => number>('int TF_DeviceListCount(void* l)'),
    TF_DeviceListName: c<(list: Pointer, index: number, status: Pointer) => string>(
      'const char* TF_DeviceListName(void* l, int i, void* s)',
    ),
    TF_DeviceListType: c<(list: Pointer, index: number, status: Pointer) => string>(
      'const char* TF_DeviceListType(void* l, int i, void* s)',
    ),
    TF_DeleteDeviceList: c<(list: Pointer) => void>('void TF_DeleteDeviceList(void* l)'),

    TFE_NewTensorHandle: c<(tensor: Pointer, status: Pointer) => Pointer>(
      'void* TFE_NewTensorHandle(void* t, void* s)',
    ),
    TFE_DeleteTensorHandle: c<(handle: Pointer) => void>('void TFE_DeleteTensorHandle(void* h)'),
    TFE_TensorHandleResolve: c<(handle: Pointer, status: Pointer) => Pointer>(
      'void* TFE_TensorHandleResolve(void* h, void* s)',
    ),
    TFE_TensorHandleCopyToDevice: c<(h: Pointer, context: Pointer, device: string, s: Pointer) => Pointer>(
      'void* TFE_TensorHandleCopyToDevice(void* h, void* c, const char* device, void* s)',
    ),
    TFE_TensorHandleNumDims: c<(handle: Pointer, status: Pointer) => number>(
      'int TFE_TensorHandleNumDims(void* h, void* s)',
    ),
    TFE_TensorHandleDim: c<(handle: Pointer, index: number, status: Pointer) => number>(
      'int64_t TFE_TensorHandleDim(void* h, int i, void* s)',
    ),
    TFE_TensorHandleDataType: c<(handle: Pointer) => number>('int TFE_TensorHandleDataType(void* h)'),

    TFE_NewOp: c<(context: Pointer, name: string, status: Pointer) => Pointer>(
      'void* TFE_NewOp(void* c, const char* name, void* s)',
    ),
    TFE_DeleteOp: c<(op: Pointer) => void>('void TFE_DeleteOp(void* o)'),
    TFE_OpAddInput: c<(op: Pointer, handle: Pointer, status: Pointer) => void>(
      'void TFE_OpAddInput(void* o, void* h, void* s)',
    ),
    TFE_OpSetAttrType: c<(op: Pointer, name: string, value: number) => void>(
      'void TFE_OpSetAttrType(void* o, const char* n, int v)',
    ),
    TFE_OpSetAttrTypeList: c<(op: Pointer, name: string, values: Int32Array, count: number) => void>(
      'void TFE_OpSetAttrTypeList(void* o, const char* n, int* v, int k)',
    ),
    TFE_OpSetAttrInt: c<(op: Pointer, name: string, value: number) => void>(
      'void TFE_OpSetAttrInt(void* o, const char* n, int64_t v)',
    ),
    TFE_OpSetAttrIntList: c<(op: Pointer, name: string, values: BigInt64Array, count: number) => void>(
      'void TFE_OpSetAttrIntList(void* o, const char* n, int64_t* v, int k)',
    ),
    TFE_OpSetAttrFloat: c<(op: Pointer, name: string, value: number) => void>(
      'void TFE_OpSetAttrFloat(void* o, const char* n, float v)',
    ),
    TFE_OpSetAttrFloatList: c<(op: Pointer, name: string, values: Float32Array, count: number) => void>(
      'void TFE_OpSetAttrFloatList(void* o, const char* n, float* v, int k)',
    ),
    TFE_OpSetAttrBool: c<(op: Pointer, name: string, value: number) => void>(
      'void TFE_OpSetAttrBool(void* o, const char* n, uint8 v)',
    ),
    TFE_OpSetAttrString: c<(op: Pointer, name: string, value: Bytes, bytes: number) => void>(
      'void TFE_OpSetAttrString(void* o, const char* n, const void* v, size_t k)',
    ),
    TFE_OpSetAttrShape: c<
      (o: Pointer, n: string, dims: BigInt64Array, rank: number, status: Pointer) => void
    >('void TFE_OpSetAttrShape(void* o, const char* n, int64_t* v, int k, void* s)'),
    TFE_OpGetAttrs: c<(op: Pointer) => Pointer>('void* TFE_OpGetAttrs(void* o)'),
    TFE_OpAttrsSerialize: c<(attributes: Pointer, buffer: Pointer, status: Pointer) => void>(
      'void TFE_OpAttrsSerialize(void* a, void* b, void* s)',
    ),
    TFE_Execute: c<(op: Pointer, outputs: Handle[], count: [number], status: Pointer) => void>(
      'void TFE_Execute(void* o, _Out_ void** outputs, _Inout_ int* count, void* s)',
    ),
    ...graphFunctions(c),
  }
}

export type CApi = ReturnType<typeof loadCApi>
