import type { ModelManifest } from '../../../contracts/model-manifest.js'

/** What the process that is measured is told: a version, and rows to answer. */
export interface ProbeRequest {
  readonly manifest: ModelManifest
  /** Paths of the version's files by their hashes. */
  readonly paths: Readonly<Record<string, string>>
  /** [rows, width], row-major: as many as the largest request has. */
  readonly features: Float32Array
}

export type ProbeAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measured'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly reason: string }
