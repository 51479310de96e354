export type BenchDevice = 'cpu' | 'gpu'

export interface Conditions {
  readonly repetitions: number
  readonly device: BenchDevice
}

/** A row of the comparison, with a section of its own on the page. */
export interface Row {
  /** By which it is picked on the command line. */
  readonly name: string
  readonly title: string
  /** Its one measurement is no time: repetitions do not count for it. */
  readonly isMeasuredOnce?: true
  /** Gives the section's text. */
  measure(conditions: Conditions): Promise<string>
}
