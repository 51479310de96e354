import type { Question } from '../format.js'

/** What a fresh process is started with, as JSON in its first argument. */
export interface ProofArguments {
  readonly format: string
  readonly folder: string
  readonly flopsPerRow: number
}

export type ToProof = Question

export type FromProof =
  | { readonly kind: 'opened'; readonly runtime: string }
  | { readonly kind: 'answered'; readonly outputs: Float32Array }
  | { readonly kind: 'failed'; readonly reason: string }
