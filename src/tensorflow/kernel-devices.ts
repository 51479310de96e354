import { messageFields } from './graph/protobuf.js'
import type { Native } from './native.js'
import { takeBuffer } from './native-buffer.js'

/** The kinds of devices, as `CPU` and `GPU`, on which the loaded library has kernels for an operation. */
export function kernelDevices({ c, status }: Native, operation: string): ReadonlySet<string> {
  const buffer = c.TF_GetRegisteredKernelsForOp(operation, status.pointer)
  status.check(operation)
  // KernelList { repeated KernelDef kernel = 1 }, KernelDef { string device_type = 2 } (kernel_def.proto)
  const kernels = [...messageFields(takeBuffer(c, buffer))].filter(({ field }) => field === 1)
  const devices = kernels.flatMap(({ value }) => [...messageFields(value)].filter(({ field }) => field === 2))
  return new Set(devices.map(({ value }) => Buffer.from(value).toString()))
}
