import type { TensorFlow } from '../../contracts/family.js'
import { encodeConfigProto } from '../config-proto.js'
import { deleteGraph } from '../graph/function-library.js'
import { type Session, sessionOver } from '../graph/session.js'
import { nativeOf } from '../native.js'
import { takeBuffer } from '../native-buffer.js'
import { decodeSignatures, type SavedSignature, SERVE } from './encode-saved-model.js'

/**
 * Opens a SavedModel as TensorFlow's own C++ loader does.
 *
 * @param folder that holds saved_model.pb
 * @throws FlywheelError tensorflow-failed when TensorFlow refuses it
 */
export function openSavedModel(
  tf: TensorFlow,
  folder: string,
): { readonly session: Session; readonly signatures: ReadonlyMap<string, SavedSignature> } {
  const native = nativeOf(tf)
  const { c, status } = native
  const graph = c.TF_NewGraph()
  native.count(1)
  const options = c.TF_NewSessionOptions()
  const metaGraph = c.TF_NewBuffer()
  try {
    const proto = encodeConfigProto(native.config)
    c.TF_SetConfig(options, proto, proto.length, status.pointer)
    status.check('SetConfig')
    const tags = [SERVE]
    const p = status.pointer
    const session = c.TF_LoadSessionFromSavedModel(
      options,
      null,
      folder,
      tags,
      tags.length,
      graph,
      metaGraph,
      p,
    )
    status.check(`SavedModel ${folder}`)
    native.count(1)
    return {
      session: sessionOver(native, { graph, session }),
      signatures: decodeSignatures(takeBuffer(c, metaGraph)),
    }
  } catch (error) {
    c.TF_DeleteBuffer(metaGraph)
    deleteGraph(native, graph)
    throw error
  } finally {
    c.TF_DeleteSessionOptions(options)
  }
}
