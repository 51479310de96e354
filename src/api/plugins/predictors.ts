import { fileURLToPath } from 'node:url'
import fp from 'fastify-plugin'
import { Counter, Gauge } from 'prom-client'
import { MODELS_CHANNEL } from '../../registry/new-versions.js'
import { LazyPredictor } from '../../serving/client/lazy-predictor.js'
import { startPredictors } from '../../serving/client/predictor-pool.js'
import { Deployments } from '../../serving/deployments.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Which version answers. */
    readonly deployments: Deployments
    /** What answers: processes that hold deployed versions, started with the server or at the first need. */
    readonly predictors: LazyPredictor
  }
}

const entry = fileURLToPath(new URL('../../workers/predictor.js', import.meta.url))
const refreshEveryMs = 2_000

/** Keeps predictor processes at work, and tells them which versions to hold. */
export default fp(
  async (app) => {
    const { artifacts, catalogue, config, database, signer } = app
    const { artifactsFolder, tensorflowFolder, device, predictorCount, predictorMemoryBytes, logLevel } =
      config
    const logsRequests = logLevel === 'debug' || logLevel === 'trace'
    const predictors = new LazyPredictor(() =>
      startPredictors(
        {
          entry,
          options: { artifactsFolder, tensorflowFolder, device, logsRequests },
          memoryBytes: predictorMemoryBytes,
          log: app.log,
        },
        { count: predictorCount },
      ),
    )
    const deployments = new Deployments({
      db: database.db,
      artifacts,
      tasks: catalogue.tasks,
      signer,
      warmth: predictors,
      onFailure: ({ model, alias, error }) =>
        app.log.warn({ model, alias, err: error }, 'the alias goes on with what it stood for'),
    })
    app.decorate('deployments', deployments)
    app.decorate('predictors', predictors)

    const refresh = async () => {
      try {
        await deployments.refresh()
        predictors.hold(deployments.deployed)
        warnOfRefused()
      } catch (error) {
        app.log.warn({ err: error }, 'aliases could not be read')
      }
    }
    let warnedOf = ''
    const warnOfRefused = () => {
      const refused = deployments.refused.map(({ message }) => message).join('; ')
      if (refused !== warnedOf && refused !== '') app.log.error({ refused }, 'versions are not loaded')
      warnedOf = refused
    }
    let unlisten: (() => Promise<void>) | undefined
    let timer: NodeJS.Timeout | undefined
    app.addHook('onReady', async () => {
      unlisten = await database.listen(MODELS_CHANNEL, (model) => {
        deployments.forget(model)
        void refresh()
      })
      await refresh()
      timer = setInterval(() => void refresh(), refreshEveryMs)
    })
    app.addHook('onListen', async () => predictors.start())
    // Before the database closes: plugins close in the reverse order of their making.
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await unlisten?.()
      await predictors.close()
    })

    app.healthChecks.set('predictor', () => predictors.health)
    app.tensorFlowRuntimes.set(
      'predictor',
      () => predictors.statuses.find(({ tensorflow }) => tensorflow !== null)?.tensorflow ?? null,
    )
    addMetrics(app.metrics, predictors)
  },
  { name: 'predictors', dependencies: ['artifacts', 'catalogue', 'database', 'health', 'metrics', 'signer'] },
)

function addMetrics(registry: import('prom-client').Registry, predictors: LazyPredictor): void {
  const registers = [registry]
  const errors = new Counter({
    name: 'flywheel_predict_errors_total',
    help: 'Predict requests that the predictor did not answer',
    labelNames: ['code'],
    registers,
  })
  predictors.onFailure = (code) => errors.inc({ code })
  new Gauge({
    name: 'flywheel_predict_waiting',
    help: 'Predict requests that wait for an answer',
    registers,
    collect() {
      this.set(predictors.waiting)
    },
  })
  new Gauge({
    name: 'flywheel_predictor_restarts',
    help: 'Times that the predictor ended by itself and was started again',
    registers,
    collect() {
      this.set(predictors.restarts)
    },
  })
}
