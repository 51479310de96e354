import type { ExportedVersion } from '../format.js'

/** What a model's file says of itself where its format has a place for texts by key. */
export function modelMetadata({ name, sha256, servable }: ExportedVersion): Record<string, string> {
  const { manifest, signature, task } = servable
  return {
    producer: 'Flywheel',
    version: name,
    sha256,
    task: task.name,
    family: manifest.family.name,
    target: signature.target,
    classes: JSON.stringify(signature.classes),
    columns: JSON.stringify(signature.inputs),
  }
}
