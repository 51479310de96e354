import { loadCompressionMethods } from '../../compression/catalogue.js'
import type { JobOutput, RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import type { StoredModel } from '../../evaluation/stored-model.js'
import type { Servable } from '../../serving/servable.js'
import { openVersion } from '../evaluate/open-version.js'
import { refuseOtherTypes } from '../evaluate/refuse-other-types.js'
import { type Catalogue, named } from '../train/catalogue.js'
import { timed } from '../train/timed.js'
import { trainingOf } from '../update/training-of.js'
import { openChild } from './child.js'
import { publishChild } from './publish-child.js'
import type { CompressSpecification } from './request.js'
import { sourceOf } from './source.js'

export interface CompressOptions {
  readonly specification: CompressSpecification
  readonly parent: Servable
  /** The parent's dataset: features, target, and what rows were split by. */
  readonly table: Table
  /** Of the further datasets the features, by role. */
  readonly tables: Readonly<Record<string, Table>>
  readonly catalogue: Catalogue
  readonly context: RunContext
}

/** Compresses a version, and judges the new one beside it. */
export async function compressTable(options: CompressOptions): Promise<JobOutput> {
  const { specification, parent, table, tables, catalogue, context } = options
  for (const each of [table, ...Object.values(tables)]) refuseOtherTypes(each, parent.manifest)
  const method = named(await loadCompressionMethods(), specification.method, 'method')
  const seconds: Record<string, number> = {}
  const opened: StoredModel[] = []
  try {
    // Methods train as deterministically as the parent did, and TensorFlow is loaded once.
    const { deterministic } = trainingOf(parent.manifest)
    const tensorflow = () => context.tensorflow({ deterministic })
    const model = await openVersion(parent.manifest, {
      context: { artifacts: context.artifacts, tensorflow },
      catalogue,
    })
    opened.push(model)
    const source = sourceOf(model, options)
    context.signal.throwIfAborted()
    const compressed = await timed(seconds, 'compress', () =>
      method.compress(specification.options as never, source),
    )
    const child = await openChild(compressed, { source, catalogue, seconds })
    opened.push(child.model)
    context.signal.throwIfAborted()
    return await publishChild(child, { ...options, compressed, source, seconds })
  } finally {
    for (const model of opened) model.dispose()
  }
}
