import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { TargetExamination } from '../contracts/dataset.js'
import type { RegistryLookup } from '../contracts/job.js'
import { withTemporaryFolder } from '../registry/temporary-folder.js'
import { withPaths } from './stored-version.js'

/** Answers that are kept: a job that is planned, submitted and tried again asks the same each time. */
const KEPT = 100

/** Lets a reader process look at targets. What was asked before, or is being asked, is not read again. */
export function targetExaminer(app: FastifyInstance): RegistryLookup['examineTarget'] {
  const answers = new Map<string, Promise<TargetExamination>>()
  return (snapshot, question) => {
    const columns = snapshot.columns.map(({ name, type }) => [name, type])
    const key = createHash('sha256')
      .update(JSON.stringify([snapshot.parts, columns, question]))
      .digest('base64')
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = withTemporaryFolder(app, (folder) =>
      app.datasetReader.run('target', { ...withPaths(snapshot, app.artifacts), folder, question }),
    )
    answers.set(key, answer)
    // An outage is not an answer; whoever asked gets to know it.
    answer.catch(() => answers.delete(key))
    const [oldest] = answers.keys()
    if (answers.size > KEPT && oldest !== undefined) answers.delete(oldest)
    return answer
  }
}
