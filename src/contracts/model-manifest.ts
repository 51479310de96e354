import { type Static, Type } from 'typebox'
import { DatasetColumn } from './dataset.js'
import { FlywheelError } from './errors.js'
import { SplitRule } from './split.js'
import { storedBlob } from './stored-blob.js'

const Tensors = Type.Object({
  ...storedBlob,
  /** Decoded: little-endian, one after the other, without gaps, in this order. */
  tensors: Type.Array(
    Type.Object({
      name: Type.String(),
      shape: Type.Array(Type.Integer({ minimum: 0 })),
      /** float16 and int8: the numbers are float32 again in memory. */
      dtype: Type.Enum(['float32', 'int32', 'float16', 'int8']),
      /** Of int8: so many float32 scales stand before the integers, one for each channel of the last axis or one for all. */
      scales: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
  ),
})

const OnnxForm = Type.Union([
  Type.Object({
    ...storedBlob,
    /**
     * From TensorFlow's answers to 256 rows, relative where they are above 1: rows made up, or, of an int8 form, rows that
     * the version was trained on.
     */
    largestDifference: Type.Number({ minimum: 0 }),
    /** Where it computes with 8-bit integers: then it is what answers, wherever the version is asked. */
    int8: Type.Optional(
      Type.Object({
        mode: Type.Enum(['dynamic', 'static']),
        /** Of 7 bits, for CPUs whose sums of two 8-bit products overflow. */
        reducedRange: Type.Boolean(),
      }),
    ),
  }),
  Type.Object({ reason: Type.String() }),
])
export type OnnxForm = Static<typeof OnnxForm>

/** What was chosen on the validation rows after training: it is no weight, but changes what a version answers. */
export const Calibration = Type.Object({
  /** Validation rows that it comes from. */
  rows: Type.Integer({ minimum: 1 }),
  /** Logits are divided by it before the softmax; absent: 1. */
  temperature: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  /** With two classes: the second is answered where its probability is at least that; absent: the more probable. */
  threshold: Type.Optional(Type.Number({ minimum: 0 })),
  /**
   * Conformal scores of validation rows in ascending order: 1 − the right class's probability, or the absolute error
   * in the target's own unit.
   */
  scores: Type.Array(Type.Number({ minimum: 0 }), { minItems: 1 }),
})
export type Calibration = Static<typeof Calibration>

/**
 * The deployable unit: fitted transforms, task, network and label map in one immutable JSON document.
 * A version's `sha256` is the hash of this document; weights are blobs of their own.
 */
export const ModelManifest = Type.Object({
  format: Type.Literal(1),
  task: Type.Object({ name: Type.String(), state: Type.Unknown() }),
  family: Type.Object({ name: Type.String(), hyperparameters: Type.Unknown() }),
  seed: Type.Integer(),
  shapes: Type.Object({
    inputs: Type.Array(
      Type.Object({
        name: Type.String(),
        shape: Type.Array(Type.Integer({ minimum: 1 })),
        tokens: Type.Optional(Type.Integer({ minimum: 1 })),
      }),
    ),
    units: Type.Integer({ minimum: 1 }),
  }),
  /** Every column of the dataset, the target included: predict accepts them all and uses `features`. */
  columns: Type.Array(DatasetColumn),
  target: Type.String(),
  /** Dataset columns that go into the transforms, in order. */
  features: Type.Array(Type.String()),
  transforms: Type.Array(
    Type.Object({
      name: Type.String(),
      columns: Type.Array(Type.String()),
      options: Type.Unknown(),
      state: Type.Unknown(),
    }),
  ),
  /** Columns after the transforms, in the order in which they stand in the network's input. */
  networkColumns: Type.Array(Type.String()),
  /** Null for a version that is its ONNX form alone; see `weightsOf`. */
  weights: Type.Union([Tensors, Type.Null()]),
  /** Share of the kernels' numbers that were taken out: zeros that stay when the version learns on. Absent: none. */
  sparsity: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** The forward pass with the head's activation as an ONNX model, or why there is none; absent in older versions. */
  onnx: Type.Optional(OnnxForm),
  /** Optimizer slots and step at the end of training, so that an update can go on from there. */
  optimizer: Type.Union([Tensors, Type.Null()]),
  /** Absent where no rows were kept for validation. */
  calibration: Type.Optional(Calibration),
  /**
   * Of a version that comes from updates: a 64-bit key for the features of each feedback row that it and those before it
   * have learnt from, little-endian and ascending. Rows of the original data with such features judge no more.
   */
  learntFeedback: Type.Optional(Type.Object(storedBlob)),
  /** Which rows were kept out of training; see `src/datasets/split-rows.ts`. */
  split: SplitRule,
  /** The job's specification with all defaults. */
  specification: Type.Unknown(),
  dataset: Type.Object({ name: Type.String(), version: Type.Integer() }),
})
export type ModelManifest = Static<typeof ModelManifest>
export type StoredTensors = Static<typeof Tensors>

/** Whether nothing else than its ONNX form answers as the version: it is all of it, or computes with other numbers. */
export const answersByOnnxForm = ({ weights, onnx }: Pick<ModelManifest, 'weights' | 'onnx'>): boolean =>
  weights === null || (onnx !== undefined && 'int8' in onnx)

/**
 * The weights of a version, for what needs the network itself.
 *
 * @param purpose what they are needed for: "to learn from labels"
 * @throws FlywheelError specification-invalid for a version that is its ONNX form alone, as quantised ones are
 */
export function weightsOf({ weights }: Pick<ModelManifest, 'weights'>, purpose: string): StoredTensors {
  if (weights !== null) return weights
  const expected = `a version with weights ${purpose}`
  const received = 'one that is its ONNX form alone'
  throw new FlywheelError('specification-invalid', `model: expected ${expected}, received ${received}`, {
    errors: [{ path: 'model', expected, received }],
    remedy: 'Name the version that it was made from: its `parent`',
  })
}
