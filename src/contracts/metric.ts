import type { MetricValue, Scored, SingleValue, TaskForm } from './task.js'

export interface MetricContext extends Scored {
  /** Columns of `outputs`: classes for classification, 1 for regression; all outputs, side by side, of other forms. */
  readonly units: number
  /** [rows], not negative: how much each row counts, as scikit-learn's `sample_weight`. Absent: all alike. */
  readonly weights?: Float64Array
}

/** One figure of merit, for tasks of one kind. The file's name is the metric's name. */
export interface Metric<Form extends TaskForm = SingleValue> {
  readonly name: string
  readonly summary: string
  readonly kind: Form['kind']
  readonly direction: 'maximise' | 'minimise'
  /** With fewer classes it says nothing, and reports leave it out. */
  readonly minClasses?: number
  /** A finite number, or null with the reason why it is undefined on these rows. */
  compute(context: MetricContext): { readonly value: MetricValue; readonly reason?: string }
}
