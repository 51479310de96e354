import type { Shapes } from '../../contracts/family.js'
import type { Artifacts } from '../../contracts/job.js'
import type { ModelManifest, StoredTensors } from '../../contracts/model-manifest.js'
import { putStored } from '../../contracts/stored-blob.js'
import type { Trained } from '../../training/train.js'
import type { PackedTensors } from '../../training/weights.js'
import type { FittedData } from './prepare-data.js'
import type { TrainSpecification } from './request.js'

/** A stored version, before it has a number. */
export interface StoredVersion {
  /** The manifest's own hash. */
  readonly sha256: string
  readonly blobs: readonly string[]
  readonly sizeBytes: number
}

/**
 * Writes weights and optimizer state, and describes the version as it was trained, without a calibration. The same
 * data, specification and weights give the same manifest.
 */
export async function describeModel(
  artifacts: Artifacts,
  {
    specification,
    data,
    shapes: { inputs, units },
    trained,
  }: {
    specification: TrainSpecification
    data: FittedData
    shapes: Shapes
    trained: Trained
  },
): Promise<ModelManifest> {
  const weights = await storeTensors(artifacts, trained.weights)
  const optimizer = await storeTensors(artifacts, trained.optimizer)
  const { snapshot, champion: _, targetFindings: __, ...shown } = specification
  return {
    format: 1,
    task: { name: data.task.name, state: data.state },
    family: { name: specification.family, hyperparameters: specification.hyperparameters },
    seed: specification.training.seed,
    shapes: { inputs: inputs.map((input) => ({ ...input, shape: [...input.shape] })), units },
    columns: snapshot.columns,
    target: specification.target,
    features: specification.features,
    transforms: data.chain.transforms.map((fitted) => ({ ...fitted, columns: [...fitted.columns] })),
    networkColumns: [...data.chain.networkColumns],
    weights,
    optimizer,
    split: data.split.rule,
    specification: shown,
    dataset: { name: snapshot.name, version: snapshot.version },
  }
}

/** Writes a manifest whose tensors are stored. */
export async function storeManifest(artifacts: Artifacts, manifest: ModelManifest): Promise<StoredVersion> {
  const { sha256, sizeBytes } = await artifacts.put(Buffer.from(JSON.stringify(manifest)))
  const files = filesOf(manifest)
  return {
    sha256,
    blobs: [sha256, ...files.map((stored) => stored.sha256)],
    sizeBytes: files.reduce((sum, stored) => sum + stored.sizeBytes, sizeBytes),
  }
}

/** The blobs that a manifest names. */
function filesOf({
  weights,
  optimizer,
  onnx,
  learntFeedback,
}: ModelManifest): readonly { readonly sha256: string; readonly sizeBytes: number }[] {
  const tensors = [weights, optimizer].filter((each) => each !== null)
  return [
    ...tensors,
    ...(onnx && 'sha256' in onnx ? [onnx] : []),
    ...(learntFeedback === undefined ? [] : [learntFeedback]),
  ]
}

/** Bytes of a version's manifest and of the blobs that it names. */
export const sizeOfVersion = (manifest: ModelManifest): number =>
  filesOf(manifest).reduce(
    (sum, { sizeBytes }) => sum + sizeBytes,
    Buffer.byteLength(JSON.stringify(manifest)),
  )

/** Writes packed tensors as one blob. */
export async function storeTensors(
  artifacts: Artifacts,
  { tensors, bytes }: PackedTensors,
): Promise<StoredTensors> {
  return { ...(await putStored(artifacts, bytes)), tensors }
}
