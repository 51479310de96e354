import { join } from 'node:path'
import type { DatasetSnapshot, TargetExamination, TargetQuestion } from '../../contracts/dataset.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import type { Preview, PreviewRequest } from '../../transforms/chain/preview.js'
import type { Difference } from '../difference/difference-schema.js'
import { readTarget } from '../examine/read-target.js'
import { ingest } from '../ingest.js'
import { type Profile, profile } from '../profile.js'
import { type CellValue, readRows } from '../read-rows.js'

/** A dataset version whose parts are given as files. */
export interface StoredVersion {
  readonly snapshot: DatasetSnapshot
  /** By the parts' sha256. */
  readonly paths: Readonly<Record<string, string>>
}

/** What a reader process can be asked. */
export interface ReaderTasks {
  ingest: { ask: IngestRequest; answer: Ingested }
  rows: { ask: StoredVersion & { readonly limit: number }; answer: Record<string, CellValue>[] }
  target: {
    ask: StoredVersion & { readonly folder: string; readonly question: TargetQuestion }
    answer: TargetExamination
  }
  profile: { ask: StoredVersion & { readonly folder: string }; answer: Profile }
  csv: { ask: StoredVersion & { readonly folder: string; readonly output: string }; answer: null }
  difference: {
    ask: { readonly before: StoredVersion; readonly after: StoredVersion; readonly folder: string }
    answer: Difference
  }
  preview: { ask: StoredVersion & PreviewRequest; answer: Preview }
}
export type TaskName = keyof ReaderTasks

/** Does one task, in the process that calls it. */
export const performTask: {
  [Name in TaskName]: (ask: ReaderTasks[Name]['ask']) => Promise<ReaderTasks[Name]['answer']>
} = {
  ingest,
  rows: ({ snapshot, limit, paths }) => readRows({ snapshot, limit, path: fileOf(paths) }),
  target: ({ snapshot, paths, folder, question }) =>
    readTarget({ snapshot, path: fileOf(paths), spillFolder: join(folder, 'spill') }, question),
  profile: ({ snapshot, paths, folder }) =>
    profile({ snapshot, path: fileOf(paths), spillFolder: join(folder, 'spill') }),
  csv: async ({ snapshot, paths, folder, output }) => {
    const { writeCsv } = await import('../write-csv.js')
    await writeCsv({ snapshot, path: fileOf(paths), output, spillFolder: join(folder, 'spill') })
    return null
  },
  difference: async ({ before, after, folder }) => {
    const { difference } = await import('../difference.js')
    const files = ({ snapshot, paths }: StoredVersion) => ({ snapshot, path: fileOf(paths) })
    return difference({ before: files(before), after: files(after), spillFolder: join(folder, 'spill') })
  },
  preview: async ({ snapshot, paths, ...request }) => {
    const { preview } = await import('../../transforms/chain/preview.js')
    return preview({ snapshot, path: fileOf(paths), ...request })
  },
}

const fileOf =
  (paths: Readonly<Record<string, string>>) =>
  (sha256: string): string =>
    paths[sha256] as string
