import type { Static, TSchema } from 'typebox'
import type { Family, Input, TensorFlow } from '../contracts/family.js'
import type { RunContext } from '../contracts/job.js'
import type { ModelManifest } from '../contracts/model-manifest.js'
import type { Table } from '../contracts/table.js'
import type { Head, Task } from '../contracts/task.js'
import type { StoredModel } from '../evaluation/stored-model.js'
import type { OnnxModel } from '../onnx/model-proto.js'
import type { Training } from '../training/options.js'
import type { Trained } from '../training/train.js'
import type { TrainingWarning } from '../training/warnings.js'
import type { PackedTensors } from '../training/weights.js'

/** The parent, its data, and what computes: everything that a method may use. */
export interface CompressionSource {
  readonly parent: ModelManifest
  /** Answers as the parent does: a teacher. It stays open as long as the method runs. */
  readonly model: StoredModel
  readonly task: Task
  /** Without the parent's temperature: what a network learns by. */
  readonly head: Head
  readonly family: Family
  readonly families: ReadonlyMap<string, Family>
  /** How the parent was trained. */
  readonly training: Training
  /** The dataset that the parent was trained on: features and target. */
  readonly table: Table
  /** Numbers of its rows, as the parent's training split them; test rows are never learnt from nor calibrated by. */
  readonly rows: {
    readonly training: Int32Array
    readonly validation: Int32Array
    readonly test: Int32Array
  }
  /** [rows of the table], as a network learns it: class indices or standardised values; NaN without a target. */
  readonly targets: Float64Array
  /** The further datasets that the options name, by role: the parent's features. */
  readonly tables: Readonly<Record<string, Table>>
  /** [rows, width], row-major: rows of a table after the parent's transforms; all of its rows where none are named. */
  features(table: Table, rows?: Int32Array): Promise<Float32Array>
  /** @throws FlywheelError specification-invalid where the parent is its ONNX form alone */
  weights(): Promise<PackedTensors>
  /** The input that a family has for the parent's rows. @throws FlywheelError specification-invalid when it takes no such rows */
  inputOf(family: Family): Input
  tensorflow(): Promise<TensorFlow>
  readonly context: RunContext
}

/** What a method leaves; its calibration, ONNX form, report and publishing are the job's affair. */
export type Compressed = CompressedNetwork

interface Told {
  /** What the report says of how it was made: figures by name. */
  readonly details: Readonly<Record<string, unknown>>
}

/** How a network computes with 8-bit integers. */
export interface Int8Form {
  readonly mode: 'dynamic' | 'static'
  readonly reducedRange: boolean
  /** Training rows as the network gets them, [rows, width], row-major: what its answers are compared on. */
  readonly features: Float32Array
  /**
   * @param model the network's forward pass in floats
   * @throws FlywheelError specification-invalid where no layer of it would compute with integers
   */
  quantise(model: OnnxModel): Promise<{ readonly model: OnnxModel } & Told>
}

/** A network by its weights, which the job converts to ONNX: float16, int8, pruned, distilled. */
export interface CompressedNetwork extends Told {
  readonly weights: PackedTensors
  /** So that updates go on from there; null where its slots are not those of these weights. */
  readonly optimizer: PackedTensors | null
  /** Share of the kernels' numbers that are 0 and stay so in updates; left out: none. */
  readonly sparsity?: number
  /** What becomes of its ONNX form, which answers from then on; left out: it computes in floats. */
  readonly int8?: Int8Form
  /** The parent's where it is left out. */
  readonly network?: {
    readonly family: string
    readonly hyperparameters: unknown
    readonly input: Input
    readonly seed: number
  }
  /** How the network was trained on, for the report; left out where it was not. */
  readonly trained?: Pick<
    Trained,
    | 'history'
    | 'bestEpoch'
    | 'bestWeightsRestored'
    | 'stepsRun'
    | 'stoppedEarly'
    | 'executor'
    | 'executorReason'
  >
  readonly warnings?: readonly TrainingWarning[]
}

/** A way to make a version smaller or faster. The file's name is the method's name. */
export interface CompressionMethod<Options extends TSchema = TSchema> {
  readonly name: string
  readonly summary: string
  /** JSON Schema of the options, every property with a description and, where there is one, a default. */
  readonly options: Options
  /** Further datasets that the options name, by role: `name` or `name@version`. They must have the parent's features. */
  datasets?(options: Static<Options>): Readonly<Record<string, string>>
  /**
   * Checks options against each other and against the catalogue before the job is queued.
   *
   * @throws FlywheelError specification-invalid that names the option
   */
  check?(options: Static<Options>, catalogue: { readonly families: ReadonlyMap<string, Family> }): void
  /** TensorFlow and ONNX Runtime are loaded here, never by importing the file. */
  compress(options: Static<Options>, source: CompressionSource): Promise<Compressed>
}
