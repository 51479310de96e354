import type { Family, TensorFlow } from '../../contracts/family.js'
import type { Artifacts, SignedStatement } from '../../contracts/job.js'
import type { Servable } from '../../serving/servable.js'
import type { Transforms } from '../../transforms/chain/catalogue.js'
import type { ArchiveFile } from './archives/zip.js'

/** A version that is exported. */
export interface ExportedVersion {
  /** model@version */
  readonly name: string
  /** The hash of its manifest. */
  readonly sha256: string
  readonly servable: Servable
  readonly family: Family
  readonly transforms: Transforms
  /** Its blobs. */
  readonly artifacts: Pick<Artifacts, 'read'>
  readonly tf: TensorFlow
  /** What the instance states of it, where the format asks for that. */
  readonly signed?: SignedStatement
  /** Of tfjs; absent: a layers model where it can be. */
  readonly modelFormat?: 'layers-model' | 'graph-model'
}

/** Values of one input: rows one after the other. */
export type Values = Float32Array | Float64Array | readonly string[]

/** What a written model is asked: values by the name of its input. */
export interface Question {
  readonly signature: string
  readonly rows: number
  readonly inputs: Readonly<Record<string, Values>>
}

/** A question with what the version itself answers. */
export interface ProofQuestion extends Question {
  /** [rows, units], row-major, after the head's activation and scale. */
  readonly expected: Float32Array
}

export interface WrittenExport {
  readonly files: readonly ArchiveFile[]
  /** Further members of the job's result. */
  readonly details?: Readonly<Record<string, unknown>>
  /** What the files are asked in a fresh process before they are offered; at least 256 rows. */
  readonly questions: readonly ProofQuestion[]
}

/**
 * A format that versions are exported in: one file in `formats/`, whose reader stands in `runtimes/` under the same
 * name. The api loads the file for its name and summary, so that `write` imports what it needs lazily.
 */
export interface ExportFormat {
  /** As in the request, and the file's name. */
  readonly name: string
  readonly summary: string
  /** Whether it takes the instance's signed statement along: then it is packed as a zip, which is what imports read. */
  readonly isSigned?: boolean
  /** @throws FlywheelError job-failed, which says what of the version has no place in the format */
  write(version: ExportedVersion): Promise<WrittenExport>
}

/** An unpacked export, opened by the software that it is for. */
export interface OpenedExport {
  /** What has opened it, and its version: "ONNX Runtime 1.30.0". */
  readonly runtime: string
  /** [rows, units], row-major. */
  ask(question: Question): Promise<Float32Array>
}

export interface OpenContext {
  readonly folder: string
  /** Floating point operations of the network for one row. */
  readonly flopsPerRow: number
  /** Flywheel's own TensorFlow. */
  tensorflow(): Promise<TensorFlow>
}

/** How a fresh process opens an export: one file in `runtimes/`. It sees nothing of the version but the files. */
export interface ExportRuntime {
  readonly name: string
  open(context: OpenContext): Promise<OpenedExport>
}
