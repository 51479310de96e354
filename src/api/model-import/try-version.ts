import { FlywheelError } from '../../contracts/errors.js'
import type { LazyPredictor } from '../../serving/client/lazy-predictor.js'
import type { RowBatch } from '../../serving/row-batch.js'
import type { Servable } from '../../serving/servable.js'
import type { RowLayout } from '../../serving/signature.js'
import { invalidBundle } from './invalid-bundle.js'

/** What a predictor says of a version that it can not use; others tell of the predictor, or of memory. */
const ofTheVersion: readonly string[] = ['artifact-damaged', 'tensorflow-failed', 'internal']

/**
 * Loads a foreign version, whose files are in the store, and asks it a row without values, before an alias names it.
 *
 * @param sha256 of its manifest
 * @throws FlywheelError bundle-invalid, memory-insufficient, predictor-unavailable
 */
export async function tryVersion(
  sha256: string,
  { servable, predictors }: { servable: Servable; predictors: LazyPredictor },
): Promise<void> {
  try {
    await predictors.load(sha256)
    await predictors.predict(sha256, emptyRow(servable.reader.layout))
  } catch (error) {
    if (!(error instanceof FlywheelError)) throw error
    // A version may well want values: its preprocessing has said so, and runs.
    if (error.code === 'instances-invalid') return
    if (!ofTheVersion.includes(error.code)) throw error
    throw invalidBundle('manifest.json', {
      expected: 'a version that answers',
      received: `one that does not: ${error.message}`,
      cause: error,
    })
  }
}

const emptyRow = ({ numeric, text, bytes = [] }: RowLayout): RowBatch => ({
  rows: 1,
  numbers: new Float64Array(numeric.length).fill(Number.NaN),
  textBytes: new Int32Array(text.length).fill(-1),
  text: new Uint8Array(0),
  fileBytes: new Int32Array(bytes.length).fill(-1),
  files: new Uint8Array(0),
})
