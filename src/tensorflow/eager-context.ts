import { readdirSync, readFileSync } from 'node:fs'
import type { CApi, Pointer } from './c-api.js'
import { encodeConfigProto, type SessionConfig } from './config-proto.js'
import type { Status } from './status.js'

export interface Device {
  readonly kind: 'cpu' | 'gpu'
  /** As people know it: "NVIDIA H100", or "CPU". */
  readonly name: string
  /** As TensorFlow knows it: "/job:localhost/replica:0/task:0/device:GPU:0". */
  readonly path: string
}

export interface EagerContext {
  readonly pointer: Pointer
  readonly device: Device
}

/** Makes the process's eager context; its thread count fixes TensorFlow's pool for the life of the process. */
export function createEagerContext(c: CApi, status: Status, config: SessionConfig): EagerContext {
  const options = c.TFE_NewContextOptions()
  try {
    const proto = encodeConfigProto(config)
    c.TFE_ContextOptionsSetConfig(options, proto, proto.length, status.pointer)
    status.check('ContextOptionsSetConfig')
    const pointer = c.TFE_NewContext(options, status.pointer)
    status.check('NewContext')
    return { pointer, device: findDevice(c, status, pointer) }
  } finally {
    c.TFE_DeleteContextOptions(options)
  }
}

function findDevice(c: CApi, status: Status, context: Pointer): Device {
  const list = c.TFE_ContextListDevices(context, status.pointer)
  status.check('ContextListDevices')
  try {
    const devices = Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => ({
      type: c.TF_DeviceListType(list, i, status.pointer),
      path: c.TF_DeviceListName(list, i, status.pointer),
    }))
    status.check('DeviceListName')
    const gpu = devices.find(({ type }) => type === 'GPU')
    if (gpu) return { kind: 'gpu', name: gpuName() ?? 'GPU', path: gpu.path }
    return { kind: 'cpu', name: 'CPU', path: devices[0]?.path ?? '' }
  } finally {
    c.TF_DeleteDeviceList(list)
  }
}

/** The driver's name for the first GPU; null where the driver does not say. */
function gpuName(): string | null {
  const folder = '/proc/driver/nvidia/gpus'
  try {
    const [first] = readdirSync(folder)
    const information = readFileSync(`${folder}/${first}/information`, 'utf8')
    return /^Model:\s*(.+)$/m.exec(information)?.[1]?.trim() ?? null
  } catch {
    return null
  }
}
