import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'
import { isDue } from '../../online/policy.js'
import { modelsWithBlocks, pruneBlocks } from '../../registry/prediction-blocks.js'
import { waitingUpdates } from '../../registry/update-policies.js'
import { defaultKeepPolicy } from '../../serving/kept/keeper.js'

const lookEveryMs = 2_000
const pruneEveryMs = 60_000
const dayMs = 86_400_000

/** What the leading api does for models in use: starts the updates that their policies ask for, forgets old predictions. */
export default fp(
  async (app) => {
    const { db } = app.database

    app.leader.add({
      name: 'start-updates',
      everyMs: lookEveryMs,
      async run() {
        for (const { model } of (await waitingUpdates(db)).filter(isDue)) {
          try {
            const { id } = await app.jobs.submit({ type: 'update', model })
            app.log.info({ model, jobId: id }, 'enough labels have come: an update starts')
          } catch (error) {
            // Somebody was faster, the champion is gone, or the queue is: it is tried again.
            if (!(error instanceof FlywheelError)) throw error
            app.log.warn({ model, code: error.code }, 'an update that is due could not be started')
          }
        }
      },
    })

    app.leader.add({
      name: 'prune-predictions',
      everyMs: pruneEveryMs,
      async run() {
        for (const model of await modelsWithBlocks(db)) {
          const policy = app.deployments.keepPolicy(model) || defaultKeepPolicy
          const before = new Date(Date.now() - policy.days * dayMs)
          await pruneBlocks(db, { model, before, maxBytes: policy.maxBytes })
        }
      },
    })
  },
  { name: 'updates', dependencies: ['leader', 'jobs', 'database', 'predictors'] },
)
