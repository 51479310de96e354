import { FlywheelError } from '../contracts/errors.js'
import { ModelManifest } from '../contracts/model-manifest.js'
import type { Task } from '../contracts/task.js'
import { validationErrors } from '../contracts/validation.js'
import { mostRowsOf } from './answer-size.js'
import { type InstanceDecoder, instanceDecoder } from './decoder/instance-decoder.js'
import { type InstanceReader, instanceReader } from './read-instances.js'
import { type Signature, signatureOf } from './signature.js'

/** What the api knows of a version to take its instances and labels, without TensorFlow. */
export interface Servable {
  readonly manifest: ModelManifest
  readonly task: Task
  readonly signature: Signature
  readonly reader: InstanceReader
  /** Reads most requests’ bytes without making objects of them; what it leaves is for the reader. */
  readonly decoder: InstanceDecoder
  /** Of one request. */
  readonly mostRows: number
}

/**
 * Reads a version's manifest.
 *
 * @param bytes the blob that the version's sha256 names
 * @throws FlywheelError artifact-damaged when it is no manifest, or its task is not in this version of Flywheel
 */
export function readServable(bytes: Buffer, tasks: ReadonlyMap<string, Task>): Servable {
  const manifest = readManifest(bytes)
  const task = tasks.get(manifest.task.name)
  if (task === undefined) {
    throw new FlywheelError(
      'artifact-damaged',
      `The model needs the task ${manifest.task.name}, which is not there`,
    )
  }
  const signature = signatureOf(manifest, classesOf(task, manifest.task.state))
  return {
    manifest,
    task,
    signature,
    reader: instanceReader(signature),
    decoder: instanceDecoder(signature),
    mostRows: mostRowsOf(signature),
  }
}

/** @throws FlywheelError artifact-damaged when the state is not one of that task */
function classesOf(task: Task, state: unknown): ReturnType<Task['classes']> {
  try {
    return task.classes(state)
  } catch (cause) {
    const { message } = cause as Error
    throw new FlywheelError(
      'artifact-damaged',
      `The state of the task ${task.name} is not valid: ${message}`,
      {
        cause,
      },
    )
  }
}

/** @throws FlywheelError artifact-damaged when the bytes are no manifest */
export function readManifest(bytes: Buffer): ModelManifest {
  const value = jsonOf(bytes)
  const [error] = validationErrors(ModelManifest, value)
  if (error) throw new FlywheelError('artifact-damaged', `The model's manifest is not valid at ${error.path}`)
  return value as ModelManifest
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch (cause) {
    throw new FlywheelError('artifact-damaged', 'The model’s manifest is no JSON', { cause })
  }
}
