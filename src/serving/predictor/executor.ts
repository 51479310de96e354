/** Runs a network; what computes it (tfjs, a compiled graph, ONNX) is its own affair. */
export interface Executor {
  /**
   * @param features [rows, width], row-major
   * @returns [rows, units], row-major, after the head's activation and before its scale
   */
  run(features: Float32Array, rows: number): Promise<Float32Array>
  dispose(): void
}
