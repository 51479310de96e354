import type { Input } from '../../../contracts/family.js'
import { MISSING_WORDS } from '../../../datasets/cell-grammar.js'
import type { ArchiveFile } from '../archives/zip.js'
import type { ExportedVersion } from '../format.js'
import { preprocessFiles, preprocessPath } from '../preprocess/preprocess-files.js'
import { type FormatText, readmeOf } from './readme.js'

/** What software of other people needs to know of the written model. */
export interface WrittenModel {
  readonly format: string
  /** The software's own function that loads it. */
  readonly load: string
  readonly input: Input
  readonly output: { readonly name: string; readonly units: number }
}

/** The name of the output that holds the answers. */
export const outputName = ({ servable }: Pick<ExportedVersion, 'servable'>): 'probabilities' | 'value' =>
  servable.task.kind === 'classification' ? 'probabilities' : 'value'

/**
 * What every format has beside the model: transforms.json (columns in, and how they become the network's numbers),
 * labels.json, README.md, and Flywheel's own preprocessing as modules where it can run anywhere.
 *
 * @param options.preprocessing what the model itself does with columns; absent: nothing
 */
export function describedFiles(
  version: ExportedVersion,
  {
    model,
    text,
    preprocessing = {},
  }: {
    readonly model: WrittenModel
    readonly text: (options: { readonly isPortable: boolean }) => FormatText
    readonly preprocessing?: Readonly<Record<string, unknown>>
  },
): ArchiveFile[] {
  const { servable, transforms, name, sha256 } = version
  const { manifest, signature, task } = servable
  // What chose the training rows does nothing to a row that is served.
  const steps = manifest.transforms.filter((step) => transforms.get(step.name)?.trainingRows === undefined)
  const preprocess = preprocessFiles([...new Set(steps.map((step) => step.name))])
  const [files, notPortable] = 'files' in preprocess ? [preprocess.files, []] : [[], preprocess.notPortable]
  return [
    {
      name: 'transforms.json',
      bytes: json({
        inputs: signature.inputs,
        missing: MISSING_WORDS,
        transforms: steps,
        networkColumns: manifest.networkColumns,
        model,
        preprocess: files.length > 0 ? preprocessPath : null,
        notPortable,
        ...preprocessing,
      }),
    },
    {
      name: 'labels.json',
      bytes: json({
        task: task.name,
        target: manifest.target,
        output: model.output.name,
        classes: signature.classes,
        threshold: manifest.calibration?.threshold,
        version: { name, sha256 },
      }),
    },
    {
      name: 'README.md',
      bytes: Buffer.from(
        readmeOf({
          name,
          servable,
          model,
          steps: steps.map((step) => step.name),
          notPortable,
          text: text({ isPortable: notPortable.length === 0 }),
        }),
      ),
    },
    ...files,
  ]
}

const json = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
